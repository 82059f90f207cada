//! A run as one page that holds everything it needs: style, charts and a few lines of script that it reads as well without. It asks
//! nothing of any network and says so to the browser; text that a server may have made is escaped.

mod figures;
mod markup;
mod page;
mod plot;
mod sessions;
mod spectrum;
mod sync;
mod thin;
mod timeline;
mod waterfall;

pub use page::page;
