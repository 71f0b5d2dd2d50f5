//! The headers of every answer: nothing is kept, guessed, framed or told on, and only pages of the origins that were named may
//! read it.

use super::request::ApiResponse;

/// What a page of another origin may send with a request.
const HEADERS_ALLOWED: &str = "Authorization, Content-Type, Content-Encoding";
/// What it may read of an answer besides its body.
const HEADERS_EXPOSED: &str = "X-Request-Id, Retry-After";
/// How long a browser may remember what a page may do, in seconds: ten minutes.
const PREFLIGHT_SECONDS: &str = "600";
/// For two years browsers come over TLS alone.
const HSTS: &str = "max-age=63072000; includeSubDomains";

/// What an answer says to pages of other origins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CrossOrigin {
    /// The origin that may read the answer; none where the asking page is not one of those that were named.
    pub(super) allowed: Option<String>,
    /// With the answer to a preflight: the methods of the path.
    pub(super) methods: Option<String>,
}

impl ApiResponse {
    /// The headers to send the answer with.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("Content-Type", self.content_type.to_owned()),
            ("Cache-Control", "no-store".to_owned()),
            ("X-Content-Type-Options", "nosniff".to_owned()),
            ("Referrer-Policy", "no-referrer".to_owned()),
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'".to_owned()),
            ("Strict-Transport-Security", HSTS.to_owned()),
            ("X-Request-Id", self.trace.request_id.clone()),
            // The same address answers pages of different origins differently.
            ("Vary", "Origin".to_owned()),
        ];
        headers.extend(self.retry_after.map(|seconds| ("Retry-After", seconds.to_string())));
        headers.extend(self.allow.clone().map(|methods| ("Allow", methods)));
        headers.extend(self.upgrade.map(|protocol| ("Upgrade", protocol.to_owned())));
        headers.extend((self.status == 401).then(|| ("WWW-Authenticate", "Bearer".to_owned())));
        if let Some(origin) = &self.cross_origin.allowed {
            headers.push(("Access-Control-Allow-Origin", origin.clone()));
            headers.push(("Access-Control-Expose-Headers", HEADERS_EXPOSED.to_owned()));
        }
        if let Some(methods) = &self.cross_origin.methods {
            headers.push(("Access-Control-Allow-Methods", methods.clone()));
            headers.push(("Access-Control-Allow-Headers", HEADERS_ALLOWED.to_owned()));
            headers.push(("Access-Control-Max-Age", PREFLIGHT_SECONDS.to_owned()));
        }
        headers
    }
}
