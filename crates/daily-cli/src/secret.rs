//! Passwords in database URLs: none ever leaves the process in an output, a message or a file.

use serde_json::Value;

/// What stands where a password stood.
const HIDDEN: &str = "***";

/// Query keys whose value is a secret (`?password=...`, `?sslpassword=...`).
const SECRET_KEY: &str = "password=";

/// A text with the password of every URL in it replaced.
///
/// It errs on the side of hiding: all from the first colon after `://` to the last `@` before a space counts as password,
/// since a password that was not percent-encoded may hold any other character.
pub fn hide(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, from) = rest.split_at(at + "://".len());
        let end = from.find(char::is_whitespace).unwrap_or(from.len());
        let (authority, after) = from.split_at(end);
        shown.push_str(before);
        shown.push_str(&hide_query(&hide_user(authority)));
        rest = after;
    }
    shown.push_str(rest);
    shown
}

/// True when the URL holds a password.
pub fn has_one(url: &str) -> bool {
    hide(url) != url
}

/// The URL without its password: `postgres://desk:secret@host/db` is `postgres://desk@host/db`.
pub fn strip(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (user, location) = match rest.rsplit_once('@') {
        Some((user, location)) => (format!("{}@", user.split(':').next().unwrap_or_default()), location),
        None => (String::new(), rest),
    };
    let (location, query) = location.split_once('?').unwrap_or((location, ""));
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !is_secret(pair)).collect();
    let mark = if kept.is_empty() { "" } else { "?" };
    format!("{scheme}://{user}{location}{mark}{}", kept.join("&"))
}

/// Every text of a JSON value, hidden in place.
pub fn hide_in(value: &mut Value) {
    match value {
        Value::String(text) if text.contains("://") => *text = hide(text),
        Value::Array(items) => items.iter_mut().for_each(hide_in),
        Value::Object(fields) => fields.values_mut().for_each(hide_in),
        _ => {}
    }
}

fn is_secret(pair: &str) -> bool {
    pair.to_ascii_lowercase().contains(SECRET_KEY)
}

fn hide_user(authority: &str) -> String {
    match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, password)) if !password.is_empty() => format!("{name}:{HIDDEN}@{host}"),
            _ => authority.to_owned(),
        },
        None => authority.to_owned(),
    }
}

fn hide_query(url: &str) -> String {
    // ASCII lower case keeps every byte in its place.
    let Some(at) = url.to_ascii_lowercase().find(SECRET_KEY) else { return url.to_owned() };
    let (before, value) = url.split_at(at + SECRET_KEY.len());
    let end = value.find('&').unwrap_or(value.len());
    format!("{before}{HIDDEN}{}", hide_query(&value[end..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_password_is_hidden_and_the_rest_is_shown() {
        assert_eq!(hide("postgres://desk:secret@db:5432/daily"), "postgres://desk:***@db:5432/daily");
        assert_eq!(hide("postgres://desk@db/daily"), "postgres://desk@db/daily");
        assert_eq!(hide("sqlite://var/daily.db"), "sqlite://var/daily.db");
        assert_eq!(
            hide("postgres://db/x?sslmode=require&password=p&a=1"),
            "postgres://db/x?sslmode=require&password=***&a=1"
        );
        assert_eq!(hide("it is \"postgres://u:a@b/c@host/db\" here"), "it is \"postgres://u:***@host/db\" here");
    }

    #[test]
    fn a_stripped_url_has_no_password_at_all() {
        assert_eq!(strip("postgres://desk:secret@db/daily?password=x&a=1"), "postgres://desk@db/daily?a=1");
        assert_eq!(strip("sqlite://var/daily.db"), "sqlite://var/daily.db");
        assert!(has_one("postgres://desk:secret@db/daily") && !has_one("postgres://desk@db/daily"));
    }

    proptest! {
        #[test]
        fn no_password_survives_hiding_or_stripping(password in "[!-~]{0,12}CANARY[!-~]{0,12}") {
            let url = format!("postgres://desk:{password}@db/daily");
            prop_assert!(!hide(&url).contains("CANARY"), "{}", hide(&url));
            prop_assert!(!strip(&url).contains("CANARY"), "{}", strip(&url));
        }

        #[test]
        fn text_without_urls_is_left_alone(text in "[^:]*") {
            prop_assert_eq!(hide(&text), text);
        }
    }
}
