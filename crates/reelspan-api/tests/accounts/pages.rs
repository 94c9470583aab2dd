//! The pages, by form, as a browser without scripts uses them.

use reqwest::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, ORIGIN};
use reqwest::{Method, Response, StatusCode};

use crate::house::{EMAIL, House, PASSWORD, cookie, location};

const NAME: &str = "Ada <script>alert('x')</script> & \"Co\"";

async fn page(house: &House, path: &str, cookie: Option<&str>) -> Response {
    let request = house.page(Method::GET, path);
    let request = if let Some(cookie) = cookie { request.header(COOKIE, cookie) } else { request };
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_first_visit_ends_at_home() {
    let house = House::open().await;
    let before = page(&house, "/", None).await.text().await.unwrap();
    assert!(before.contains("no owner yet"));
    let path = format!("/welcome/{}", house.first_link().await.unwrap());
    let shown = page(&house, &path, None).await;
    assert_eq!(shown.status(), StatusCode::OK);
    assert!(shown.text().await.unwrap().contains("<form method=\"post\">"));
    let fields = [("email", EMAIL), ("name", NAME), ("password", PASSWORD)];
    let refused = house.form(&path, None, &fields).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "the age is not confirmed");
    let text = refused.text().await.unwrap();
    assert!(text.contains("role=\"alert\"") && text.contains("16 years"));
    assert!(
        text.contains(&format!("value=\"{EMAIL}\"")) && !text.contains(PASSWORD),
        "what was typed stays, but the password"
    );
    let all: Vec<_> = fields.into_iter().chain([("of_age", "yes")]).collect();
    let made = house.form(&path, None, &all).send().await.unwrap();
    assert_eq!((made.status(), location(&made)), (StatusCode::SEE_OTHER, "/"));
    let home = page(&house, "/", cookie(&made).as_deref()).await.text().await.unwrap();
    assert!(home.contains("Ada &lt;script&gt;") && !home.contains("<script"), "what people write stays text");
    assert_eq!(page(&house, &path, None).await.status(), StatusCode::NOT_FOUND, "the link worked once");
    assert_eq!(location(&page(&house, "/", None).await), "/signin");
}

#[tokio::test]
async fn signing_in_and_out_by_form() {
    let (house, _) = House::owned().await;
    let wrong =
        house.form("/signin", None, &[("email", EMAIL), ("password", "a wrong password")]).send().await.unwrap();
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    assert!(wrong.text().await.unwrap().contains("do not go together"));
    let answer = house.form("/signin", None, &[("email", EMAIL), ("password", PASSWORD)]).send().await.unwrap();
    assert_eq!(location(&answer), "/");
    let own = cookie(&answer).unwrap();
    assert_eq!(location(&page(&house, "/signin", Some(&own)).await), "/", "there is nothing to do here");
    let out = house.form("/signout", Some(&own), &[]).send().await.unwrap();
    assert_eq!(location(&out), "/signin");
    assert_eq!(house.knows(&own).await, StatusCode::UNAUTHORIZED);
    let late = house.form("/home/keys", Some(&own), &[("name", "ci")]).send().await.unwrap();
    assert_eq!(location(&late), "/signin", "who is out is led to the door");
}

#[tokio::test]
async fn keys_are_made_and_revoked_at_home() {
    let (house, own) = House::owned().await;
    let fields = [("name", NAME), ("scopes", "media"), ("lives", "30")];
    let text = house.form("/home/keys", Some(&own), &fields).send().await.unwrap().text().await.unwrap();
    let key = text.split("value=\"rsk_").nth(1).unwrap().split('"').next().unwrap();
    let key = format!("rsk_{key}");
    assert!(!text.contains("<script"));
    let me = house.get("/account").bearer_auth(&key).send().await.unwrap();
    assert_eq!(me.status(), StatusCode::OK);
    let again = page(&house, "/", Some(&own)).await.text().await.unwrap();
    assert!(!again.contains(&key), "it is shown once");
    let action = again.split("action=\"/home/keys/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let done = house.form(&format!("/home/keys/{action}"), Some(&own), &[]).send().await.unwrap();
    assert!(done.text().await.unwrap().contains("The key is revoked."));
    assert_eq!(house.get("/account").bearer_auth(&key).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    for fields in
        [[("name", ""), ("scopes", "all"), ("lives", "never")], [("name", "x"), ("scopes", "all"), ("lives", "x")]]
    {
        let refused = house.form("/home/keys", Some(&own), &fields).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
        assert!(refused.text().await.unwrap().contains("role=\"alert\""));
    }
}

#[tokio::test]
async fn an_invitation_and_a_new_password_at_home() {
    let (house, own) = House::owned().await;
    let text = house.form("/home/invites", Some(&own), &[]).send().await.unwrap().text().await.unwrap();
    let link = text.split("/welcome/").nth(1).unwrap().split('"').next().unwrap();
    let invited = page(&house, &format!("/welcome/{link}"), None).await.text().await.unwrap();
    assert!(invited.contains("You are invited"));
    let fields = [("old", PASSWORD), ("new", "another good one")];
    let text = house.form("/home/password", Some(&own), &fields).send().await.unwrap().text().await.unwrap();
    assert!(text.contains("The password is changed."), "{text}");
    assert_eq!(house.sign_in(EMAIL, "another good one").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn other_sites_cannot_send_our_forms() {
    let (house, own) = House::owned().await;
    for path in ["/home/keys", "/home/invites", "/home/password", "/home/keys/x/revoke"] {
        let request = house.page(Method::POST, path).header(COOKIE, &own).header(ORIGIN, "https://evil.example");
        let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
    let out = house.page(Method::POST, "/signout").header(COOKIE, &own).header(ORIGIN, "https://evil.example");
    out.send().await.unwrap();
    assert_eq!(house.knows(&own).await, StatusCode::OK, "still signed in");
    let request = house.page(Method::POST, "/signin").header(ORIGIN, "https://evil.example");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = request.body(format!("email={EMAIL}&password={PASSWORD}")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(cookie(&answer).is_none());
}

#[tokio::test]
async fn pages_load_nothing_of_others_and_are_kept_by_nobody() {
    let (house, own) = House::owned().await;
    for (path, cookie) in [("/", Some(own.as_str())), ("/signin", None), ("/welcome/x", None)] {
        let answer = page(&house, path, cookie).await;
        let headers = answer.headers().clone();
        assert!(headers[CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("default-src 'self';"));
        assert_eq!(headers[CACHE_CONTROL], "no-store");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let text = answer.text().await.unwrap();
        for needle in ["<script", "style=\"", "//cdn", "src=\"http", "href=\"http"] {
            assert!(!text.contains(needle), "{path} has {needle}");
        }
    }
    for (path, kind) in [("/pages.css", "text/css; charset=utf-8"), ("/mark.svg", "image/svg+xml")] {
        assert_eq!(page(&house, path, None).await.headers()["content-type"], kind);
    }
}
