//! How home looks.

use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use reelspan_app::keys::ApiKey;
use reelspan_app::metering::Usage;

use super::{Home, LIVES, News};
use crate::own::usage::minutes;
use crate::pages::{Html, card, page, sentence, text};
use crate::problem;

const SCOPES: [(&str, &str); 3] =
    [("media", "media: uploads, jobs, files"), ("all", "everything"), ("read", "look only")];

/// Before there is an owner.
pub(super) fn unowned() -> Response {
    let inner = "<p class=\"lead\">This installation has no owner yet.</p>\n\
                 <p>The server printed a link to its terminal when it started. Open it to make the first account. \
                 It works once; each start prints a new one.</p>\n";
    card(StatusCode::OK, "Almost there", &Html(inner.to_owned()))
}

pub(super) fn home(home: &Home, news: &News) -> Response {
    let status = match news {
        News::Refused(refusal) => problem::status(refusal.kind),
        _ => StatusCode::OK,
    };
    let invite = if home.account.role == "owner" { invite() } else { "" };
    let body = format!(
        "<header class=\"top\">\n<p class=\"brand\"><img src=\"/mark.svg\" alt=\"\" width=\"30\" height=\"30\">Reelspan</p>\n\
         <nav aria-label=\"Main\"><a href=\"/docs\">API docs</a></nav>\n\
         <form method=\"post\" action=\"/signout\"><button class=\"quiet\" type=\"submit\">Sign out</button></form>\n</header>\n\
         <main id=\"main\">\n<h1>{}</h1>\n<p class=\"lead\">Signed in as {} · {}</p>\n{}{}{}\
         <section class=\"card\" aria-labelledby=\"account\">\n<h2 id=\"account\">Account</h2>\n{invite}{}</section>\n</main>",
        text(&home.workspace),
        text(&home.account.name),
        text(&home.account.email),
        told(news, &home.base),
        keys(home),
        used(&home.usage),
        password(&home.account.email),
    );
    page(status, "Home", true, &Html(body))
}

fn told(news: &News, base: &str) -> String {
    let copy = |label: &str, value: &str, more: &str| {
        format!(
            "<div class=\"news\" role=\"status\">\n<label for=\"once\">{label}</label>\n\
             <input id=\"once\" class=\"once\" readonly value=\"{}\" size=\"60\">\n{more}</div>\n",
            text(value)
        )
    };
    match news {
        News::None => String::new(),
        News::Key(word) => {
            let base = text(base);
            let example = format!(
                "<p class=\"hint\">Send it as <code>Authorization: Bearer …</code>, for example:</p>\n\
                 <pre tabindex=\"0\"><code>curl -H \"Authorization: Bearer $KEY\" {base}/api/reelspan/v1/account</code></pre>\n"
            );
            copy("Your new key. Copy it now: it is not shown again.", word, &example)
        }
        News::Invitation(url) => copy("Give this link to one person. It works once, for a day.", url, ""),
        News::Done(what) => format!("<p class=\"news\" role=\"status\">{what}</p>\n"),
        News::Refused(refusal) => {
            format!("<p class=\"alert\" role=\"alert\">{}</p>\n", text(&sentence(&refusal.message)))
        }
    }
}

fn keys(home: &Home) -> String {
    let rows: String = home.keys.iter().map(|key| row(key, home.now)).collect();
    let table = if rows.is_empty() {
        "<p class=\"empty\">No keys yet. A key lets a program work in this workspace.</p>\n".to_owned()
    } else {
        format!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"keys\"><table>\n<thead><tr>\
             <th scope=\"col\">Name</th><th scope=\"col\">Key</th><th scope=\"col\">May</th><th scope=\"col\">Made</th>\
             <th scope=\"col\">Last used</th><th scope=\"col\">Ends</th><th scope=\"col\"><span class=\"unseen\">Revoke</span></th>\
             </tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
        )
    };
    let option = |value: &str, label: &str| format!("<option value=\"{value}\">{label}</option>");
    let scopes: String = SCOPES.iter().map(|(value, label)| option(value, label)).collect();
    let lives: String = LIVES.iter().map(|(value, label, _)| option(value, label)).collect();
    format!(
        "<section class=\"card\" aria-labelledby=\"keys\">\n<h2 id=\"keys\">API keys</h2>\n{table}\
         <form class=\"row\" method=\"post\" action=\"/home/keys\">\n\
         <div class=\"field\"><label for=\"name\">Name</label><input id=\"name\" name=\"name\" type=\"text\" required maxlength=\"100\" \
         autocomplete=\"off\" placeholder=\"ci\"></div>\n\
         <div class=\"field\"><label for=\"scopes\">May do</label><select id=\"scopes\" name=\"scopes\">{scopes}</select></div>\n\
         <div class=\"field\"><label for=\"lives\">Ends</label><select id=\"lives\" name=\"lives\">{lives}</select></div>\n\
         <button type=\"submit\">Create key</button>\n</form>\n</section>\n"
    )
}

fn row(key: &ApiKey, now: i64) -> String {
    let name = text(&key.name);
    let over = key.expires_at.is_some_and(|until| until <= now);
    let action = if key.revoked_at.is_some() {
        "<span class=\"tag\">revoked</span>".to_owned()
    } else if over {
        "<span class=\"tag\">ended</span>".to_owned()
    } else {
        let id = text(&key.id);
        format!(
            "<form method=\"post\" action=\"/home/keys/{id}/revoke\"><button class=\"quiet danger\" type=\"submit\" \
             aria-label=\"Revoke {name}\">Revoke</button></form>"
        )
    };
    let class = if over || key.revoked_at.is_some() { " class=\"dead\"" } else { "" };
    format!(
        "<tr{class}><th scope=\"row\">{name}</th><td><code>{}…</code></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{action}</td></tr>\n",
        text(&key.prefix),
        text(&key.scopes),
        day(key.created_at),
        key.last_used_at.map_or_else(|| "never".to_owned(), day),
        key.expires_at.map_or_else(|| "never".to_owned(), day),
    )
}

fn used(usage: &Usage) -> String {
    let plan = usage.plan;
    let (used, waits) = (minutes(usage.used_ms), minutes(usage.under_way_ms));
    let amount = match plan.media_ms {
        Some(quota) => format!(
            "<p class=\"amount\">{used:.1} <span>of {:.0} minutes</span></p>\n<progress max=\"{}\" value=\"{used}\" \
             aria-labelledby=\"usage\">{used:.1}</progress>\n",
            minutes(quota),
            minutes(quota)
        ),
        None => format!("<p class=\"amount\">{used:.1} <span>minutes</span></p>\n"),
    };
    let more = if usage.under_way_ms > 0 { format!(" {waits:.1} more are under way.") } else { String::new() };
    format!(
        "<section class=\"card\" aria-labelledby=\"usage\">\n<h2 id=\"usage\">Usage this month</h2>\n{amount}\
         <p class=\"hint\">Billable minutes of media that went in, on the plan “{}”, {} to {} (UTC).{more}</p>\n</section>\n",
        plan.name,
        day(usage.period.0),
        day(usage.period.1.saturating_sub(1)),
    )
}

fn day(at: i64) -> String {
    let day = Timestamp::from_millisecond(at).map(|at| at.to_zoned(TimeZone::UTC).date().to_string());
    day.unwrap_or_else(|_| "-".to_owned())
}

fn invite() -> &'static str {
    "<form class=\"row\" method=\"post\" action=\"/home/invites\">\n<p>Somebody else may work in this workspace too.</p>\n\
     <button class=\"quiet\" type=\"submit\">Make an invitation link</button>\n</form>\n"
}

/// The hidden name tells a password manager whose password it is.
fn password(email: &str) -> String {
    format!(
        "{PASSWORD}<input class=\"unseen\" type=\"text\" name=\"email\" value=\"{}\" autocomplete=\"username\" readonly \
         tabindex=\"-1\" aria-hidden=\"true\">\n</form>\n</details>\n",
        text(email)
    )
}

const PASSWORD: &str = "<details>\n<summary>Change password</summary>\n<form class=\"row\" method=\"post\" action=\"/home/password\">\n\
    <div class=\"field\"><label for=\"old\">Present password</label><input id=\"old\" name=\"old\" type=\"password\" required \
    autocomplete=\"current-password\" maxlength=\"1024\"></div>\n\
    <div class=\"field\"><label for=\"new\">New password</label><input id=\"new\" name=\"new\" type=\"password\" required \
    autocomplete=\"new-password\" minlength=\"10\" maxlength=\"1024\"></div>\n\
    <button type=\"submit\">Change it</button>\n";
