//! Elements of the command line: `NAME:DESCRIPTION:IMAGE,IMAGE`, or a file of TOML or JSON with `name`, `description` and `images`.

use std::path::Path;

use serde::Deserialize;

use super::{inputs, texts};
use crate::app::errors::{Exit, Failure};
use crate::jobs::{Element, MediaKind};

/// An element as it was written: its pictures are not looked at yet.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    images: Vec<String>,
}

/// A file of elements: one, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Several {
    List(Vec<Written>),
    Table { element: Vec<Written> },
    One(Written),
}

impl Written {
    /// Its name, without the @.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The element, with its pictures looked at; what is wrong with them stands beside it, each with its place.
    pub fn read(&self) -> (Element, Vec<(String, Failure)>) {
        let mut wrong = Vec::new();
        let mut images = Vec::new();
        for (index, said) in self.images.iter().enumerate() {
            match inputs::input(said, MediaKind::Image) {
                Ok(image) => images.push(image),
                Err(failure) => wrong.push((format!("images[{index}]"), failure)),
            }
        }
        (Element { name: self.name.clone(), description: self.description.clone(), images }, wrong)
    }
}

/// The elements of one flag.
pub fn written(said: &str) -> Result<Vec<Written>, Failure> {
    match said.strip_prefix('@') {
        Some(path) => in_file(Path::new(path)),
        None => in_words(said).map(|element| vec![element]),
    }
}

/// `NAME:DESCRIPTION:IMAGE,IMAGE`. A description may hold colons: the pictures begin behind the last one that no URL belongs to.
fn in_words(said: &str) -> Result<Written, Failure> {
    let wrong = |why: &str| {
        let fix = "write NAME:DESCRIPTION:IMAGE,IMAGE, or put it into a file and name that: --element @FILE";
        Failure::usage(&format!("{said:?} is no element"), why, fix)
    };
    let (name, rest) = said.split_once(':').ok_or_else(|| wrong("no description follows its name"))?;
    let found = [":http://", ":https://", ":key:", ":file://"].iter().filter_map(|begin| rest.find(begin)).min();
    let split = found.or_else(|| rest.rfind(':')).ok_or_else(|| wrong("no pictures follow its description"))?;
    let (description, images) = (&rest[..split], &rest[split + 1..]);
    let images = images.split(',').map(str::trim).filter(|image| !image.is_empty()).map(str::to_owned).collect();
    let name = name.trim().trim_start_matches('@').to_owned();
    Ok(Written { name, description: description.trim().to_owned(), images })
}

/// JSON, or TOML: one element, or `[[element]]` tables. Its pictures are looked for beside it.
fn in_file(path: &Path) -> Result<Vec<Written>, Failure> {
    let text = texts::file(path)?;
    let wrong = |why: String| {
        let what = format!("the elements in {} cannot be used", path.display());
        let fix = "write name, description and images, in JSON or TOML; several as a JSON array or as [[element]] tables";
        Failure::new("usage", Exit::Usage, what, why, fix)
    };
    let json = text.trim_start().starts_with(['{', '[']) && !text.trim_start().starts_with("[[");
    let read: Several = match json {
        true => serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?,
        false => toml::from_str(&text).map_err(|error| wrong(error.to_string()))?,
    };
    let mut elements = match read {
        Several::List(elements) | Several::Table { element: elements } => elements,
        Several::One(element) => vec![element],
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    for image in elements.iter_mut().flat_map(|element| &mut element.images) {
        let elsewhere = image.contains("://") || image.starts_with("key:");
        if !elsewhere && let Some(beside) = folder.join(image.trim_start_matches('@')).to_str() {
            *image = beside.to_owned();
        }
    }
    for element in &mut elements {
        element.name = element.name.trim().trim_start_matches('@').to_owned();
    }
    Ok(elements)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(element: &Written) -> (&str, &str, Vec<&str>) {
        (&element.name, &element.description, element.images.iter().map(String::as_str).collect())
    }

    #[test]
    fn an_element_in_words_may_have_colons_in_its_description_and_in_its_urls() {
        let read = |said: &str| in_words(said).unwrap();
        assert_eq!(
            parts(&read("@dog:a dog: brown:https://a.example/1.png,https://a.example/2.png")),
            ("dog", "a dog: brown", vec!["https://a.example/1.png", "https://a.example/2.png"])
        );
        assert_eq!(parts(&read("dog:a dog:1.png, 2.png")), ("dog", "a dog", vec!["1.png", "2.png"]));
        for wrong in ["dog", "dog:a dog"] {
            assert!(in_words(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn elements_may_stand_in_a_file_of_toml_or_json() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            written(&format!("@{}", path.display()))
        };
        let toml = "[[element]]\nname = \"dog\"\ndescription = \"a dog\"\nimages = [\"1.png\", \"https://a.example/2.png\"]";
        let beside = folder.path().join("1.png");
        let expected = vec![Written {
            name: "dog".to_owned(),
            description: "a dog".to_owned(),
            images: vec![beside.to_str().unwrap().to_owned(), "https://a.example/2.png".to_owned()],
        }];
        assert_eq!(file("a.toml", toml).unwrap(), expected);
        let json = r#"{"name": "@dog", "description": "a dog", "images": ["1.png", "https://a.example/2.png"]}"#;
        assert_eq!(file("a.json", json).unwrap(), expected);
        assert_eq!(file("b.json", &format!("[{json}]")).unwrap(), expected);
        assert_eq!(file("b.toml", toml.trim_start_matches("[[element]]\n")).unwrap(), expected);
        assert!(file("c.json", r#"{"name": "dog", "pictures": []}"#).is_err());
    }
}
