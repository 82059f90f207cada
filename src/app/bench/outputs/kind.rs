//! The forms of a report, by name.

/// As what a run is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Aligned columns of at most 100, for people.
    Text,
    /// The report, by its published schema.
    Json,
    /// One object a line while the run goes on.
    Jsonl,
    /// Every traced frame, as CSV.
    Csv,
    /// Every traced command, as CSV.
    CsvCommands,
    /// An HdrHistogram interval log.
    Hgrm,
    /// Objectives as test cases, for CI systems.
    Junit,
    /// Prometheus' text exposition format.
    Prometheus,
    /// OpenTelemetry metrics, as JSON: to a file, or to a collector's address.
    Otlp,
    /// Tables for a pull request.
    Markdown,
    /// One page that holds everything it needs.
    Html,
    /// The raw trace, from which `bench report` makes all the others.
    Trace,
}

impl Kind {
    /// Every one, in the order of the documentation.
    pub const ALL: [Self; 12] = [
        Self::Text,
        Self::Json,
        Self::Jsonl,
        Self::Csv,
        Self::CsvCommands,
        Self::Hgrm,
        Self::Junit,
        Self::Prometheus,
        Self::Otlp,
        Self::Markdown,
        Self::Html,
        Self::Trace,
    ];

    /// Those that a saved run can be shown in: all but the lines that are written while one goes on.
    #[must_use]
    pub fn saved() -> Vec<Self> {
        Self::ALL.into_iter().filter(|kind| *kind != Self::Jsonl).collect()
    }

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::CsvCommands => "csv-commands",
            Self::Hgrm => "hgrm",
            Self::Junit => "junit",
            Self::Prometheus => "prometheus",
            Self::Otlp => "otlp",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Trace => "trace",
        }
    }

    /// The form of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
