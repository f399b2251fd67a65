//! stub
/// t
pub fn write_model_zip(
    _: impl std::io::Write,
    _: &crate::model::Model,
    _: &[(String, Vec<u8>)],
    _: &str,
) -> std::io::Result<()> {
    Ok(())
}
