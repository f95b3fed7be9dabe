//! Templates keep to the content security policy and name only templates that exist.

/// Every breach in one page template: inline script, inline handlers, foreign resources, unknown templates.
pub(crate) fn breaches(name: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let report = |what: String| format!("templates/{name}:{}: {what}", index + 1);
        let lower = line.to_lowercase();
        if has_inline_script(&lower) {
            found.push(report("inline script; put it into static/js".to_owned()));
        }
        if ["src=\"http", "src=\"//", "javascript:"]
            .iter()
            .any(|sign| lower.contains(sign))
        {
            found.push(report("a resource from elsewhere, or script as an address".to_owned()));
        }
        let unknown = named_templates(line).into_iter().filter(|named| !exists(named));
        found.extend(unknown.map(|named| report(format!("no template {named}"))));
    }
    found
}

fn has_inline_script(line: &str) -> bool {
    let scripts = line
        .split("<script")
        .skip(1)
        .map(|rest| rest.split('>').next().unwrap_or(rest));
    let inline = scripts
        .into_iter()
        .any(|tag| !tag.contains("src=") && !tag.contains("type=\"application/"));
    let attributes = line.split_whitespace().filter_map(|word| word.split_once('='));
    inline
        || attributes
            .into_iter()
            .any(|(name, value)| is_handler(name) && value.starts_with(['"', '\'']))
}

fn is_handler(name: &str) -> bool {
    name.strip_prefix("on")
        .is_some_and(|event| event.len() > 2 && event.chars().all(|c| c.is_ascii_lowercase()))
}

/// The templates that a line extends, includes or imports.
fn named_templates(line: &str) -> Vec<&str> {
    let tags = line.split("{%").skip(1).filter_map(|rest| rest.split("%}").next());
    let naming = tags.map(|tag| tag.trim_matches(['-', ' ']));
    naming.filter_map(named_template).collect()
}

fn named_template(tag: &str) -> Option<&str> {
    let (verb, rest) = tag.split_once(' ')?;
    let name = rest.trim_start().strip_prefix('"')?.split('"').next()?;
    ["extends", "include", "import"].contains(&verb).then_some(name)
}
