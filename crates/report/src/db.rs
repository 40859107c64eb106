//! What was done to the database, as text.

use std::fmt::Write;

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

/// A migration of the schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SchemaStep {
    /// Its number.
    pub number: i64,
    /// What it does.
    pub name: String,
}

/// What bringing a database to this program's schema takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SchemaPlan {
    /// The database, without password.
    pub database: String,
    /// Number of its schema; absent when it has no tables yet.
    pub current: Option<i64>,
    /// Number of this program's schema.
    pub latest: i64,
    /// Migrations to apply, in order.
    pub steps: Vec<SchemaStep>,
    /// True when the file is copied first.
    pub copies_first: bool,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Migrated {
    /// What was to do.
    #[serde(flatten)]
    pub plan: SchemaPlan,
    /// The copy that was made before.
    pub backup: Option<String>,
    /// Whether the observations became a hypertable now; absent when that was not asked for.
    pub partitioned: Option<bool>,
}

/// What would be done.
pub fn plan_text(plan: &SchemaPlan) -> String {
    if plan.steps.is_empty() {
        return format!("{} has schema {}: nothing to do\n", plan.database, plan.latest);
    }
    let mut text = format!("plan: {}\n", steps_from(plan));
    if plan.copies_first {
        text.push_str("  the file is copied beside itself first\n");
    }
    text + &listed(plan)
}

/// What was done.
pub fn migrated_text(migrated: &Migrated) -> String {
    let plan = &migrated.plan;
    let mut text = match plan.steps.as_slice() {
        [] => format!("{} has schema {}: nothing to do\n", plan.database, plan.latest),
        _ => format!("{}\n{}", steps_from(plan), listed(plan)),
    };
    // Writing to a String cannot fail.
    if let Some(copy) = &migrated.backup {
        let _ = writeln!(text, "  as it was before: {copy}");
    }
    match migrated.partitioned {
        Some(true) => text.push_str("  the observations are a hypertable now\n"),
        Some(false) => text.push_str("  the observations were a hypertable already\n"),
        None => {}
    }
    text
}

fn steps_from(plan: &SchemaPlan) -> String {
    let from = plan.current.map_or_else(|| "no tables".to_owned(), |number| format!("schema {number}"));
    format!("{} from {from} to schema {}", plan.database, plan.latest)
}

fn listed(plan: &SchemaPlan) -> String {
    plan.steps.iter().map(|step| format!("  {:04} {}\n", step.number, step.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_says_what_went_where() {
        let backup = Backup { database: "sqlite://desk.db".to_owned(), file: "copy.db".to_owned(), bytes: 1_204_331 };
        assert_eq!(backup_text(&backup), "sqlite://desk.db copied to copy.db (1 204 331 bytes)\n");
    }

    #[test]
    fn a_plan_lists_its_steps_and_says_when_there_are_none() {
        let steps = vec![SchemaStep { number: 2, name: "evidence".to_owned() }];
        let plan =
            SchemaPlan { database: "desk.db".to_owned(), current: Some(1), latest: 2, steps, copies_first: true };
        insta::assert_snapshot!(plan_text(&plan), @r"
        plan: desk.db from schema 1 to schema 2
          the file is copied beside itself first
          0002 evidence
        ");
        let migrated = Migrated {
            plan: plan.clone(),
            backup: Some("desk.db.before-0002.bak".to_owned()),
            partitioned: Some(true),
        };
        insta::assert_snapshot!(migrated_text(&migrated), @r"
        desk.db from schema 1 to schema 2
          0002 evidence
          as it was before: desk.db.before-0002.bak
          the observations are a hypertable now
        ");
        let current = SchemaPlan { current: Some(2), steps: Vec::new(), ..plan };
        assert_eq!(plan_text(&current), "desk.db has schema 2: nothing to do\n");
    }
}
