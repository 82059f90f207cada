//! What the documents leave open, or leave to each account's plan: prices, times, limits. The defaults say which is which.

use std::collections::BTreeMap;

use serde::Deserialize;

/// hh-lab.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LabRules {
    /// Seconds from submit to result, a fifth of them in the queue.
    pub render_s: f64,
    /// Credits of a clip at 1080p up to 8 s. Inferred: "from ~$0.10", where the sample's 25 credits stand at "from ~$0.25".
    pub standard_credits: u64,
    /// Credits of any other clip: the sample's 25 for 8 s in 4K.
    pub pro_credits: u64,
    /// Seconds for which a link is valid: 24 hours, as documented.
    pub link_expires_s: f64,
    /// Whether asking for a job whose link has expired gives a fresh one. The document does not say.
    pub renews_links: bool,
    /// Jobs at once: "Standard access will start at 10 concurrent jobs".
    pub jobs_at_once: u64,
    /// Requests a minute: "and 500 requests per minute".
    pub requests_a_minute: u64,
    /// Fields that are let through though the table does not have them, as an image for the image-to-video that it mentions.
    pub extra_fields: Vec<String>,
}

impl Default for LabRules {
    fn default() -> Self {
        Self {
            render_s: 3.0,
            standard_credits: 10,
            pro_credits: 25,
            link_expires_s: 86_400.0,
            renews_links: true,
            jobs_at_once: 10,
            requests_a_minute: 500,
            extra_fields: Vec::new(),
        }
    }
}

/// How hh-app writes an error: its document has a table of codes and no body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorStyle {
    /// The status of the table, and its code as a word in `code`.
    #[default]
    Word,
    /// The status of the table, in `code` too; the word stands in `error`.
    Number,
    /// HTTP 200, and the status in `code`.
    #[serde(rename = "in_200")]
    In200,
}

/// hh-app.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AppRules {
    /// Seconds from submit to result.
    pub render_s: f64,
    /// How errors are written.
    pub errors: ErrorStyle,
    /// Seconds for which a link is valid; none: for ever. The document does not say.
    pub link_expires_s: Option<f64>,
    /// Jobs at once; 0: without limit. The document names none.
    pub jobs_at_once: u64,
    /// Requests a minute; 0: without limit. The document names none.
    pub requests_a_minute: u64,
    /// The name of the prompt adherence, which the copy of the document lost.
    pub adherence_field: String,
    /// The name of the list of elements, which the copy of the document lost.
    pub elements_field: String,
    /// Fields that are let through though the document does not have them.
    pub extra_fields: Vec<String>,
}

impl Default for AppRules {
    fn default() -> Self {
        Self {
            render_s: 10.0,
            errors: ErrorStyle::Word,
            link_expires_s: None,
            jobs_at_once: 0,
            requests_a_minute: 0,
            adherence_field: "cfg_scale".to_owned(),
            elements_field: "elements".to_owned(),
            extra_fields: Vec::new(),
        }
    }
}

/// hh-customer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CustomerRules {
    /// Seconds from submit to result, a fifth of them in the queue.
    pub render_s: f64,
    /// Credits a second, by resolution. The document names none, only that both count.
    pub credits_a_second: BTreeMap<String, u64>,
    /// Whether the credits of a failed video come back. The document does not say.
    pub refunds_failed: bool,
    /// Seconds for which a link is valid; none: for ever. The document does not say.
    pub link_expires_s: Option<f64>,
    /// Seconds in which an upload must begin: "short-lived".
    pub upload_expires_s: f64,
    /// Bytes of a megabyte. The document's sample, 5242880, is five of 2^20.
    pub megabyte: u64,
    /// Jobs at once; 0: without limit. The document names none.
    pub jobs_at_once: u64,
    /// Requests a minute; 0: without limit. The document names none.
    pub requests_a_minute: u64,
    /// What each plan allows, lowest first. The document's two plans are `basic` and `pro`; their limits are ours.
    pub plans: Vec<PlanRules>,
}

/// What a plan of hh-customer allows.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanRules {
    /// Its name.
    pub name: String,
    /// The longest video, in seconds.
    #[serde(default = "longest")]
    pub longest_s: u64,
    /// What it does not allow: `referenceAudio`, `referenceVideo`, `lastFrame`, `1080p`.
    #[serde(default)]
    pub without: Vec<String>,
}

/// The document's longest.
fn longest() -> u64 {
    12
}

impl Default for CustomerRules {
    fn default() -> Self {
        let without = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            render_s: 6.0,
            credits_a_second: BTreeMap::from([("720p".to_owned(), 10), ("1080p".to_owned(), 20)]),
            refunds_failed: false,
            link_expires_s: None,
            upload_expires_s: 300.0,
            megabyte: 1 << 20,
            jobs_at_once: 0,
            requests_a_minute: 0,
            plans: vec![
                PlanRules { name: "basic".to_owned(), longest_s: 8, without: without(&["referenceAudio", "lastFrame"]) },
                PlanRules { name: "pro".to_owned(), longest_s: 12, without: Vec::new() },
            ],
        }
    }
}
