//! What was done to the database, as text.

use serde::Serialize;

use crate::number::thousands;

/// A copy of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// What was copied, without password.
    pub database: String,
    /// The new file.
    pub file: String,
    /// Its size.
    pub bytes: u64,
}

/// What was copied where.
pub fn backup_text(backup: &Backup) -> String {
    format!("{} copied to {} ({} bytes)\n", backup.database, backup.file, thousands(backup.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_says_what_went_where() {
        let backup = Backup { database: "sqlite://desk.db".to_owned(), file: "copy.db".to_owned(), bytes: 1_204_331 };
        assert_eq!(backup_text(&backup), "sqlite://desk.db copied to copy.db (1 204 331 bytes)\n");
    }
}
