//! What can be asked of the providers, by the names that faults and records use.

use super::account::Service;

/// One of the things that can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Endpoint {
    LabGenerate,
    LabJob,
    LabCredits,
    LabModels,
    AppGenerate,
    AppStatus,
    CustomerPresign,
    CustomerCreate,
    CustomerVideo,
    StoragePut,
    CdnGet,
}

impl Endpoint {
    pub(super) const ALL: [Self; 11] = [
        Self::LabGenerate,
        Self::LabJob,
        Self::LabCredits,
        Self::LabModels,
        Self::AppGenerate,
        Self::AppStatus,
        Self::CustomerPresign,
        Self::CustomerCreate,
        Self::CustomerVideo,
        Self::StoragePut,
        Self::CdnGet,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::LabGenerate => "lab.generate",
            Self::LabJob => "lab.job",
            Self::LabCredits => "lab.credits",
            Self::LabModels => "lab.models",
            Self::AppGenerate => "app.generate",
            Self::AppStatus => "app.status",
            Self::CustomerPresign => "customer.presign",
            Self::CustomerCreate => "customer.create",
            Self::CustomerVideo => "customer.video",
            Self::StoragePut => "storage.put",
            Self::CdnGet => "cdn.get",
        }
    }

    /// The service whose error format it answers in; none: the storage's.
    pub(super) const fn service(self) -> Option<Service> {
        match self {
            Self::LabGenerate | Self::LabJob | Self::LabCredits | Self::LabModels => Some(Service::Lab),
            Self::AppGenerate | Self::AppStatus => Some(Service::App),
            Self::CustomerPresign | Self::CustomerCreate | Self::CustomerVideo => Some(Service::Customer),
            Self::StoragePut | Self::CdnGet => None,
        }
    }

    /// Whether a pattern names it: its name, all of a group (`lab.*`), or all (`*`).
    pub(super) fn fits(self, pattern: &str) -> bool {
        let name = self.name();
        match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == pattern,
        }
    }
}
