//! Looks for flaws in a document, place by place.

mod operations;
mod references;
mod top;

use crate::document::Document;
use crate::finding::Findings;
use crate::servers::Server;

/// All flaws of a document except those of its routes.
pub(crate) fn document(document: &Document, servers: &[Server], findings: &mut Findings) {
    top::check(document, servers, findings);
    operations::check(document, findings);
    references::check(document, findings);
}
