//! What the fuzz targets drive.

pub mod answer;
pub mod arrival;
pub mod dns;
pub mod drive;
pub mod structured;
