//! What the portal shows of the catalogue, held to what its visitor may see.

mod api;
mod changelog;
mod document;
mod list;
mod offers;
mod published;
mod search;

use domain::access::Permission;
use domain::actor::{Actor, Who};
use store::search::Sight;

pub use self::api::{ApiPage, OperationView, VersionHead, api, operation};
pub use self::changelog::{RecentRevision, Revision, changelog, recent_changes};
pub use self::document::{Download, Format, document, document_of_version};
pub use self::list::{Entry, Facet, Filter, Listing, list};
pub use self::offers::offers;
pub use self::search::{Found, search};

/// What an actor sees of the catalogue.
fn sight(actor: &Actor) -> Sight {
    Sight {
        registered: actor.account().is_some() || matches!(actor.who, Who::System),
        hidden: actor.may(Permission::CatalogRead),
    }
}
