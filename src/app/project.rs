//! What the settings file of a project may say, as whoever unpacks somebody's project has not read it: it may name a server, and no key of
//! the user goes there; it may name a key of its own, within its folder, and never one of the user's files.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use toml::{Table, Value};

use crate::jobs::Backend;

/// What goes with a server and is a secret, or says how one is sent.
const OF_A_SERVER: [&str; 2] = ["api_key_file", "auth_header"];

/// Takes from the user's settings what the project's must not have, and says what the project's must not say. Returns whether a server
/// is the project's own choice.
pub fn guard(user: &mut Table, project: &Table) -> Result<bool, String> {
    let mut chosen = guard_server(user, project, "")?;
    if let (Some(Value::Table(user)), Some(Value::Table(project))) = (user.get_mut("profiles"), project.get("profiles")) {
        for (name, of_project) in project {
            if let (Some(Value::Table(user)), Value::Table(of_project)) = (user.get_mut(name), of_project) {
                chosen |= guard_server(user, of_project, &format!("profiles.{name}."))?;
            }
        }
    }
    Ok(chosen)
}

/// The same for services that make clips: a base URL of the project's gets no key of the user. Returns those whose base is its choice.
pub fn guard_backends(user: &mut Table, project: &Table) -> Result<BTreeSet<String>, String> {
    let mut chosen = BTreeSet::new();
    let Some(Value::Table(of_project)) = project.get("backends") else { return Ok(chosen) };
    for (name, said) in of_project {
        let Value::Table(said) = said else { continue };
        let place = format!("backends.{name}.");
        files_are_within(said, &place)?;
        let Some(base) = said.get("base_url") else {
            if said.contains_key("ca_file") {
                return Err(format!(
                    "{place}ca_file stands without {place}base_url: it would be trusted for the user's own"
                ));
            }
            continue;
        };
        let user = user.get_mut("backends").and_then(Value::as_table_mut).and_then(|of_user| of_user.get_mut(name));
        let mut user = user.and_then(Value::as_table_mut);
        let own = user.as_ref().and_then(|user| user.get("base_url")).and_then(Value::as_str).map(str::to_owned);
        let documented = || name.parse::<Backend>().ok()?.documented_base().map(str::to_owned);
        if own.or_else(documented).as_deref() != base.as_str() {
            chosen.insert(name.clone());
            if let Some(user) = &mut user {
                user.remove("api_key_file");
            }
        }
    }
    Ok(chosen)
}

fn files_are_within(project: &Table, place: &str) -> Result<(), String> {
    for field in ["api_key_file", "ca_file"] {
        if let Some(Value::String(file)) = project.get(field)
            && !is_within(Path::new(file))
        {
            return Err(format!("{place}{field} must lie in the project's folder: {file:?} does not"));
        }
    }
    Ok(())
}

fn guard_server(user: &mut Table, project: &Table, place: &str) -> Result<bool, String> {
    files_are_within(project, place)?;
    let Some(server) = project.get("server") else {
        return match project.get("ca_file") {
            Some(_) => Err(format!("{place}ca_file stands without {place}server: it would be trusted for the user's own")),
            None => Ok(false),
        };
    };
    let chosen = user.get("server") != Some(server);
    if chosen {
        OF_A_SERVER.iter().for_each(|field| drop(user.remove(*field)));
    }
    Ok(chosen)
}

fn is_within(file: &Path) -> bool {
    file.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarded(user: &str, project: &str) -> (Result<bool, String>, Table) {
        let mut user: Table = user.parse().expect("a table");
        let verdict = guard(&mut user, &project.parse().expect("a table"));
        (verdict, user)
    }

    const USER: &str =
        "server = \"https://mine.example\"\napi_key_file = \"/keys/mine\"\nauth_header = \"x-key\"\ntier = \"draft\"
        [profiles.work]\nserver = \"https://work.example\"\napi_key_file = \"/keys/work\"";

    /// unpacking a project and starting the program in it sends no key of the user to a server of the project.
    #[test]
    fn a_projects_server_gets_no_key_of_the_user() {
        let (chosen, user) = guarded(USER, "server = \"https://theirs.example\"");
        assert_eq!(chosen, Ok(true));
        assert!(!user.contains_key("api_key_file") && !user.contains_key("auth_header") && user.contains_key("tier"));
        let (_, user) = guarded(USER, "[profiles.work]\nserver = \"https://theirs.example\"");
        assert!(!user["profiles"]["work"].as_table().expect("a table").contains_key("api_key_file"));
        assert!(user.contains_key("api_key_file"), "the user's own server keeps its key");
        let (chosen, user) = guarded(USER, "server = \"https://mine.example\"");
        assert_eq!((chosen, user.contains_key("api_key_file")), (Ok(false), true));
    }

    #[test]
    fn a_projects_key_lies_in_its_folder_and_its_authorities_are_trusted_for_its_own_server_alone() {
        for wrong in [
            "api_key_file = \"/etc/passwd\"",
            "api_key_file = \"../key\"",
            "server = \"https://a.example\"\nca_file = \"/elsewhere/ca.pem\"",
            "ca_file = \"ca.pem\"",
        ] {
            assert!(guarded(USER, wrong).0.is_err(), "{wrong}");
        }
        let right = "server = \"https://a.example\"\nca_file = \"certs/ca.pem\"\napi_key_file = \"key.txt\"";
        assert_eq!(guarded(USER, right).0, Ok(true));
    }

    /// nor to a service that makes clips, at an address that the project chose.
    #[test]
    fn a_projects_base_url_gets_no_key_of_the_user() {
        let user = "[backends.hh-customer]\nbase_url = \"https://mine.example\"\napi_key_file = \"/keys/mine\"\njobs = 2
            [backends.hh-app]\napi_key_file = \"/keys/app\"";
        let guarded = |project: &str| {
            let mut user: Table = user.parse().expect("a table");
            let chosen = guard_backends(&mut user, &project.parse().expect("a table"));
            let has = |name: &str| user["backends"][name].as_table().expect("a table").contains_key("api_key_file");
            (chosen.map(|names| names.into_iter().collect::<Vec<_>>().join(" ")), has("hh-customer"), has("hh-app"))
        };
        let theirs = "[backends.hh-customer]\nbase_url = \"https://theirs.example\"";
        assert_eq!(guarded(theirs), (Ok("hh-customer".to_owned()), false, true));
        let same = "[backends.hh-customer]\nbase_url = \"https://mine.example\"";
        assert_eq!(guarded(same), (Ok(String::new()), true, true));
        let documented = "[backends.hh-app]\nbase_url = \"https://happyhorse.app\"";
        assert_eq!(guarded(documented), (Ok(String::new()), true, true));
        let elsewhere = "[backends.hh-app]\nbase_url = \"https://happyhorse.app.example\"";
        assert_eq!(guarded(elsewhere), (Ok("hh-app".to_owned()), true, false));
        for wrong in ["api_key_file = \"/etc/passwd\"", "ca_file = \"ca.pem\"", "api_key_file = \"../key\""] {
            assert!(guarded(&format!("[backends.hh-app]\n{wrong}")).0.is_err(), "{wrong}");
        }
    }
}
