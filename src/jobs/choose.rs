//! The table of the dialects.

use super::app::App;
use super::backend::Backend;
use super::customer::Customer;
use super::dialect::Dialect;
use super::lab::Lab;

/// The words of a service.
#[must_use]
pub fn dialect(backend: Backend) -> &'static dyn Dialect {
    match backend {
        Backend::HhLab => &Lab,
        Backend::HhApp => &App,
        Backend::HhCustomer => &Customer,
    }
}
