//! Writes XML, whatever the names in it hold.

use super::names::one_line;

pub(super) struct Xml {
    text: String,
    open: Vec<&'static str>,
}

impl Xml {
    /// Begins with the declaration and the type of the document.
    pub(super) fn new(kind: &str) -> Self {
        let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE {kind}>\n");
        Self { text, open: Vec::new() }
    }

    pub(super) fn open(&mut self, tag: &'static str, attributes: &[(&str, &str)]) {
        self.tag(tag, attributes, ">\n");
        self.open.push(tag);
    }

    pub(super) fn empty(&mut self, tag: &str, attributes: &[(&str, &str)]) {
        self.tag(tag, attributes, "/>\n");
    }

    pub(super) fn close(&mut self) {
        if let Some(tag) = self.open.pop() {
            self.indent();
            self.text += &format!("</{tag}>\n");
        }
    }

    /// An element that holds text only.
    pub(super) fn leaf(&mut self, tag: &str, content: impl std::fmt::Display) {
        self.indent();
        self.text += &format!("<{tag}>{}</{tag}>\n", escaped(&content.to_string()));
    }

    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }

    fn tag(&mut self, tag: &str, attributes: &[(&str, &str)], end: &str) {
        self.indent();
        self.text += &format!("<{tag}");
        for (name, value) in attributes {
            self.text += &format!(" {name}=\"{}\"", escaped(value));
        }
        self.text += end;
    }

    fn indent(&mut self) {
        self.text += &"  ".repeat(self.open.len());
    }
}

/// One line of text in which nothing is markup; what XML forbids is no longer in it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&apos;",
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_names() {
        let mut xml = Xml::new("test");
        xml.open("a", &[("name", "\"/><b x='1'>&amp;\u{0}\u{b}\u{ffff}")]);
        xml.leaf("c", "]]>\n<!--\u{1b}[31m مرحبا 🎬");
        let text = xml.finish();
        assert_eq!(
            text.lines().skip(2).collect::<Vec<_>>(),
            [
                "<a name=\"&quot;/&gt;&lt;b x=&apos;1&apos;&gt;&amp;amp;\">",
                "  <c>]]&gt; &lt;!-- [31m مرحبا 🎬</c>",
                "</a>"
            ]
        );
    }
}
