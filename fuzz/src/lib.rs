//! What the fuzz targets drive.

pub mod drive;
