//! Sentences at the width of the house.

/// Width of a report, in characters.
pub(crate) const WIDTH: usize = 72;

/// A paragraph: `lead` before the first line, its words broken at [`WIDTH`], later lines `hang` characters in. A word that
/// is longer than a line stands on one of its own, in whole.
pub(crate) fn paragraph(lead: &str, words: &str, hang: usize) -> String {
    let mut text = String::new();
    let mut line = lead.to_owned();
    let mut is_blank = true;
    for word in words.split_whitespace() {
        let space = usize::from(!is_blank);
        if !is_blank && line.chars().count() + space + word.chars().count() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = " ".repeat(hang);
            is_blank = true;
        }
        if !is_blank {
            line.push(' ');
        }
        line.push_str(word);
        is_blank = false;
    }
    text.push_str(line.trim_end());
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_break_at_the_width_and_none_is_lost() {
        let words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen";
        let text = paragraph("  limits: ", words, 4);
        assert!(text.lines().count() == 2 && text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.starts_with("  limits: one two") && text.lines().nth(1).unwrap().starts_with("    "), "{text}");
        assert_eq!(text.split_whitespace().skip(1).collect::<Vec<_>>().join(" "), words);
        let long = "x".repeat(100);
        assert_eq!(paragraph("  ", &format!("a {long} b"), 2), format!("  a\n  {long}\n  b\n"));
    }
}
