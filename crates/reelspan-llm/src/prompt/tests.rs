//! Layouts, over templates as models have them.

use super::*;

fn messages(roles: &[Role]) -> Vec<Message> {
    roles.iter().map(|&role| Message { role, content: "words".into() }).collect()
}

fn shown(text: &str) -> String {
    text.replace(OPEN, "{").replace(CLOSE, "}")
}

fn rendered(source: &str, turns: &[Turn]) -> Result<String, Error> {
    render(source, turns, &["<s>".to_owned(), "</s>".to_owned()]).map(|text| shown(&text))
}

/// With Python's methods, a namespace, slices and whitespace control, as in the wild.
const FULL: &str = "{%- set ns = namespace(first=true) -%}
{%- if messages[0].role == 'system' -%}
    {%- set system = messages[0]['content'] -%}
    {%- set rest = messages[1:] -%}
{%- else -%}
    {%- set system = '' -%}
    {%- set rest = messages -%}
{%- endif -%}
{{ bos_token }}{% if system %}<sys>{{ system.strip() | trim }}</sys>
{% endif %}
{% for message in rest %}
    {% if message.role not in ['user', 'assistant'] %}{{ raise_exception('no such role') }}{% endif %}
{{- '[' + message['role'].upper() + ']' + message.content.split('</think>')[-1].lstrip('\\n') }}{{ eos_token if message.role == 'assistant' else '' }}
{% endfor %}
{%- if add_generation_prompt %}[ASSISTANT]{% if enable_thinking is defined and enable_thinking is false %}<think></think>{% endif %}{% endif %}";

/// Knows no system and wants roles to alternate.
const STRICT: &str = "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}\
{{ raise_exception('roles must alternate') }}{% endif %}<{{ message['role'] }}>{{ message['content'] | trim }}{% endfor %}<model>";

#[test]
fn a_template_of_a_model_is_followed() {
    let turns = as_they_are(&messages(&[Role::System, Role::User, Role::Assistant, Role::User]));
    let text = rendered(FULL, &turns).unwrap();
    assert_eq!(text, "<s><sys>{0}</sys>\n[USER]{1}\n[ASSISTANT]{2}</s>\n[USER]{3}\n[ASSISTANT]<think></think>");
}

#[test]
fn a_template_that_refuses_gets_what_it_wants() {
    let told = messages(&[Role::System, Role::User, Role::User, Role::Assistant, Role::User]);
    assert!(rendered(STRICT, &as_they_are(&told)).is_err());
    let text = rendered(STRICT, &folded(&told)).unwrap();
    assert_eq!(text, "<s><user>{0}\n\n{1}\n\n{2}<assistant>{3}<user>{4}<model>");
}

#[test]
fn a_template_that_drops_a_message_is_noticed() {
    let told = messages(&[Role::System, Role::User]);
    let deaf =
        "{% for message in messages %}{% if message.role == 'user' %}{{ message.content }}{% endif %}{% endfor %}";
    let none = [String::new(), String::new()];
    assert!(!holds_all(&render(deaf, &as_they_are(&told), &none).unwrap(), &told));
    assert!(holds_all(&render(deaf, &folded(&told), &none).unwrap(), &told));
}

#[test]
fn an_endless_template_ends() {
    let endless = "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}";
    assert!(rendered(endless, &as_they_are(&messages(&[Role::User]))).is_err());
}

#[test]
fn tags_for_trainers_are_left_out() {
    let source =
        "{%- for m in messages -%}{%- generation -%}{{ m.content }}{% endgeneration %}{%- endfor -%}\n{% broken";
    assert_eq!(plain_source(source), "{%- for m in messages -%}{{ m.content }}{%- endfor -%}\n{% broken");
    assert_eq!(plain_source("{% if a %}\r\nb{% endif %}\r\n"), "{% if a %}\nb{% endif %}\n");
}

#[test]
fn days_are_those_of_the_calendar() {
    for (seconds, expected) in [
        (0, "1970-01-01"),
        (951_782_400, "2000-02-29"),
        (951_868_800, "2000-03-01"),
        (1_709_164_800, "2024-02-29"),
        (1_767_225_599, "2025-12-31"),
        (4_107_542_400, "2100-03-01"),
        (-1, "1969-12-31"),
    ] {
        assert_eq!(day(seconds * 1000), expected);
    }
}

#[test]
fn parts_are_told_apart() {
    let text = format!("<u>{OPEN}0{CLOSE}</u>{OPEN}12{CLOSE}");
    assert_eq!(parts(&text), [Part::Template("<u>"), Part::Message(0), Part::Template("</u>"), Part::Message(12)]);
}

#[test]
fn models_that_would_think_are_led_on() {
    for (before, after) in [
        ("<|Assistant|><think>\n", "<|Assistant|><think>\n\n</think>\n\n"),
        ("<|start|>assistant", "<|start|>assistant<|channel|>final<|message|>"),
        ("<|im_start|>assistant\n", "<|im_start|>assistant\n"),
    ] {
        let mut text = before.to_owned();
        think_no_more(&mut text);
        assert_eq!(text, after);
    }
}

#[test]
fn layouts_without_a_template_name_who_speaks() {
    let turns = as_they_are(&messages(&[Role::System, Role::User, Role::Assistant, Role::User]));
    assert_eq!(shown(&plain_text(&turns)), "{0}\n\nUser: {1}\n\nAssistant: {2}\n\nUser: {3}\n\nAssistant:");
    let text = shown(&chat_ml_text(&turns[..2]));
    assert_eq!(text, "<|im_start|>system\n{0}<|im_end|>\n<|im_start|>user\n{1}<|im_end|>\n<|im_start|>assistant\n");
}
