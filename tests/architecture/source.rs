//! Rust source as tokens: comments and literals gone, test-only items left out, paths resolved to the crate's root.

/// A name or a sign, and the line it stands on. `::` is one sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// A path as written from the crate's root: `crate::store::Tx` is `["store", "Tx"]`; a glob ends in `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RootPath {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

/// Cuts source text into tokens, without comments, literals and lifetimes.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let (mut found, mut at, mut line) = (Vec::new(), 0, 1);
    while let Some(&c) = chars.get(at) {
        let (end, text) = token_at(&chars, at, c);
        if let Some(text) = text {
            found.push(Token { text, line });
        }
        line += chars[at..end].iter().filter(|c| **c == '\n').count();
        at = end;
    }
    found
}

fn token_at(chars: &[char], at: usize, c: char) -> (usize, Option<String>) {
    let next = chars.get(at + 1).copied();
    match c {
        '/' if next == Some('/') => (skip_while(chars, at, |c| c != '\n'), None),
        '/' if next == Some('*') => (end_of_block_comment(chars, at), None),
        '"' => (end_of_string(chars, at), None),
        '\'' => (end_of_quote(chars, at), None),
        ':' if next == Some(':') => (at + 2, Some("::".to_owned())),
        _ if c.is_alphanumeric() || c == '_' => word_at(chars, at),
        _ if c.is_whitespace() => (at + 1, None),
        _ => (at + 1, Some(c.to_string())),
    }
}

fn skip_while(chars: &[char], from: usize, keep_on: impl Fn(char) -> bool) -> usize {
    chars[from..]
        .iter()
        .position(|c| !keep_on(*c))
        .map_or(chars.len(), |count| from + count)
}

/// A name, or the prefix of a literal (`r#"…"#`, `b"…"`, `b'…'`), or a raw name (`r#type`).
fn word_at(chars: &[char], at: usize) -> (usize, Option<String>) {
    let end = skip_while(chars, at, |c| c.is_alphanumeric() || c == '_');
    let word: String = chars[at..end].iter().collect();
    let hashes = skip_while(chars, end, |c| c == '#') - end;
    let opening = chars.get(end + hashes).copied();
    match word.as_str() {
        "r" | "br" | "cr" if opening == Some('"') => (end_of_raw_string(chars, end + hashes + 1, hashes), None),
        "b" | "c" if hashes == 0 && opening == Some('"') => (end_of_string(chars, end), None),
        "b" if hashes == 0 && opening == Some('\'') => (end_of_quote(chars, end), None),
        "r" if hashes == 1 => (end + 1, None),
        _ => (end, Some(word)),
    }
}

fn end_of_block_comment(chars: &[char], at: usize) -> usize {
    let (mut depth, mut here) = (0_usize, at);
    while here < chars.len() {
        match (chars[here], chars.get(here + 1)) {
            ('/', Some('*')) => (depth, here) = (depth + 1, here + 2),
            ('*', Some('/')) => (depth, here) = (depth - 1, here + 2),
            _ => here += 1,
        }
        if depth == 0 {
            break;
        }
    }
    here
}

fn end_of_string(chars: &[char], at: usize) -> usize {
    let mut here = at + 1;
    while let Some(c) = chars.get(here) {
        match c {
            '\\' => here += 2,
            '"' => return here + 1,
            _ => here += 1,
        }
    }
    chars.len()
}

fn end_of_raw_string(chars: &[char], from: usize, hashes: usize) -> usize {
    let closes = |here: usize| chars[here] == '"' && (1..=hashes).all(|n| chars.get(here + n) == Some(&'#'));
    (from..chars.len())
        .find(|here| closes(*here))
        .map_or(chars.len(), |here| here + 1 + hashes)
}

/// A character literal, or a lifetime.
fn end_of_quote(chars: &[char], at: usize) -> usize {
    if chars.get(at + 1) == Some(&'\\') {
        return skip_while(chars, at + 3, |c| c != '\'') + 1;
    }
    if chars.get(at + 2) == Some(&'\'') {
        return at + 3;
    }
    skip_while(chars, at + 1, |c| c.is_alphanumeric() || c == '_')
}

/// Leaves out every item marked `#[cfg(test)]` or `#[test]`.
pub(crate) fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        let after = end_of_attribute(tokens, at);
        if after > at && is_for_tests(&tokens[at..after]) {
            at = end_of_item(tokens, after);
        } else {
            let end = after.max(at + 1);
            kept.extend_from_slice(&tokens[at..end]);
            at = end;
        }
    }
    kept
}

/// The names of the modules that are declared for tests alone and lie in files of their own.
pub(crate) fn test_modules(tokens: &[Token]) -> Vec<String> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let (mut names, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        let mut after = end_of_attribute(tokens, at);
        if after == at || !is_for_tests(&tokens[at..after]) {
            at += 1;
            continue;
        }
        while end_of_attribute(tokens, after) > after {
            after = end_of_attribute(tokens, after);
        }
        if text(after) == "mod" && text(after + 2) == ";" {
            names.push(text(after + 1).to_owned());
        }
        at = after;
    }
    names
}

fn is_for_tests(attribute: &[Token]) -> bool {
    let names: Vec<&str> = attribute.iter().map(|token| token.text.as_str()).collect();
    match names.get(2) {
        Some(&"test") => true,
        Some(&"cfg") => names.contains(&"test") && !names.contains(&"not") && !names.contains(&"any"),
        _ => false,
    }
}

/// The end of the outer attribute `#[…]` that begins at `at`, or `at` if none does.
fn end_of_attribute(tokens: &[Token], at: usize) -> usize {
    let opens = |n: usize, text: &str| tokens.get(at + n).is_some_and(|token| token.text == text);
    if opens(0, "#") && opens(1, "[") {
        end_of_group(tokens, at + 1)
    } else {
        at
    }
}

fn end_of_item(tokens: &[Token], from: usize) -> usize {
    let mut at = from;
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            ";" => return at + 1,
            "{" => return end_of_group(tokens, at),
            "(" | "[" => at = end_of_group(tokens, at),
            _ => at += 1,
        }
    }
    at
}

/// One past the bracket that closes the one at `at`.
pub(crate) fn end_of_group(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

/// Every path that leads through the crate's root, in code and in `use` groups alike. `module` is the file's own place
/// (`["authn", "factor", "totp"]`), from which `super::` is counted.
pub(crate) fn root_paths(tokens: &[Token], module: &[String]) -> Vec<RootPath> {
    let (mut found, mut inline, mut ends) = (Vec::new(), module.to_vec(), Vec::new());
    for (at, token) in tokens.iter().enumerate() {
        while ends.last().is_some_and(|end| *end <= at) {
            ends.pop();
            inline.pop();
        }
        let begins = at == 0 || tokens[at - 1].text != "::";
        match token.text.as_str() {
            "mod" if tokens.get(at + 2).is_some_and(|token| token.text == "{") => {
                ends.push(end_of_group(tokens, at + 2));
                inline.push(tokens[at + 1].text.clone());
            }
            "crate" | "countersign" if begins => _ = walk(tokens, at + 1, &[], &mut found),
            "super" if begins => {
                let (base, next) = after_supers(tokens, at, &inline);
                walk(tokens, next, &base, &mut found);
            }
            _ => {}
        }
    }
    found
}

/// Where a chain of `super` leads, and the position after it.
fn after_supers(tokens: &[Token], at: usize, module: &[String]) -> (Vec<String>, usize) {
    let text = |index: usize| tokens.get(index).map(|token| token.text.as_str());
    let (mut count, mut next) = (1, at + 1);
    while text(next) == Some("::") && text(next + 1) == Some("super") {
        (count, next) = (count + 1, next + 2);
    }
    (module[..module.len().saturating_sub(count)].to_vec(), next)
}

/// Follows `::a::{b, c::d}` from `at`, adding each path that it ends in; answers the position after it.
fn walk(tokens: &[Token], at: usize, base: &[String], found: &mut Vec<RootPath>) -> usize {
    let (mut segments, mut next) = (base.to_vec(), at);
    let line = tokens[at.saturating_sub(1)].line;
    while let (Some(sign), Some(token)) = (tokens.get(next), tokens.get(next + 1)) {
        if sign.text != "::" {
            break;
        }
        if token.text == "{" {
            return walk_group(tokens, next + 1, &segments, found);
        }
        if !is_name(&token.text) && token.text != "*" {
            break;
        }
        segments.push(token.text.clone());
        next += 2;
    }
    if segments.len() > base.len() || tokens.get(next).is_some_and(|token| token.text == "as") {
        found.push(RootPath { segments, line });
    }
    next
}

fn walk_group(tokens: &[Token], open: usize, base: &[String], found: &mut Vec<RootPath>) -> usize {
    let end = end_of_group(tokens, open);
    let mut at = open + 1;
    while at + 1 < end {
        let mut segments = base.to_vec();
        if tokens[at].text != "self" {
            segments.push(tokens[at].text.clone());
        }
        let before = found.len();
        let mut next = walk(tokens, at + 1, &segments, found);
        if found.len() == before {
            found.push(RootPath {
                segments,
                line: tokens[at].line,
            });
        }
        while next + 1 < end && tokens[next].text != "," {
            next += 1;
        }
        at = next + 1;
    }
    end
}

/// Whether a token is a name.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}
