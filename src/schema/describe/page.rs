//! Text in lines of bounded width.

/// How many columns a line has. A word that is longer has a line of its own.
const WIDTH: usize = 100;

/// A text that grows line by line.
#[derive(Debug, Default)]
pub struct TextPage {
    text: String,
}

impl TextPage {
    /// The whole text; each line ends with a line feed.
    pub fn into_text(self) -> String {
        self.text
    }

    /// An empty line, except at the beginning.
    pub fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    /// A text behind a heading, its further lines indented by `indent` columns.
    pub fn hanging(&mut self, heading: &str, indent: usize, text: &str) {
        let mut line = heading.to_owned();
        let mut is_empty = true;
        for word in text.split_whitespace() {
            if !is_empty && columns(&line) + 1 + columns(word) > WIDTH {
                self.line(&line);
                line = " ".repeat(indent);
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        self.line(&line);
    }

    /// A description as modules have it: paragraphs and points are kept apart, lines are not.
    pub fn paragraphs(&mut self, indent: usize, text: &str) {
        let margin = " ".repeat(indent);
        let mut paragraph = String::new();
        for line in text.trim().lines().map(str::trim) {
            if line.is_empty() || is_point(line) {
                self.paragraph(&margin, &mut paragraph);
            }
            paragraph.push_str(line);
            paragraph.push(' ');
        }
        self.paragraph(&margin, &mut paragraph);
    }

    fn paragraph(&mut self, margin: &str, text: &mut String) {
        if !text.trim().is_empty() {
            self.hanging(margin, margin.len(), text);
        }
        text.clear();
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// Whether a line begins with the mark of a list.
fn is_point(line: &str) -> bool {
    let mark = line.split(' ').next().unwrap_or_default();
    let number = mark.trim_end_matches(['.', ')', ':']);
    matches!(mark, "-" | "*" | "+") || mark.len() == number.len() + 1 && number.parse::<u8>().is_ok()
}

fn columns(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_wrapped() {
        let mut page = TextPage::default();
        page.gap();
        page.hanging("  must  ", 8, &"word ".repeat(20));
        let text = page.into_text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].len(), 97);
        assert_eq!(lines[1], "        word word");
    }

    #[test]
    fn long_word_is_not_broken() {
        let mut page = TextPage::default();
        page.hanging("", 2, &format!("a {} b", "x".repeat(120)));
        assert_eq!(page.into_text(), format!("a\n  {}\n  b\n", "x".repeat(120)));
    }

    #[test]
    fn paragraphs_and_points_are_kept_apart() {
        let mut page = TextPage::default();
        page.paragraphs(
            2,
            "\n  Two\n  lines.\n\n  Another:\n  - one\n    more\n  2. two\n 3 is plain\n",
        );
        assert_eq!(
            page.into_text(),
            "  Two lines.\n  Another:\n  - one more\n  2. two 3 is plain\n"
        );
    }
}
