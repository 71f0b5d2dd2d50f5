//! What the document says of one endpoint.

use protocol::ErrorCode;
use schemars::JsonSchema;
use serde_json::{Value, json};

use crate::shapes::Shapes;

/// Who may call an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    Anyone,
    Operator,
    Admin,
    Device,
    AdminOrDevice,
    OperatorOrAdmin,
}

/// A schema, once the shapes are there to take it from.
pub(crate) type Shape = Box<dyn Fn(&mut Shapes) -> Value>;

/// What comes back where nothing is refused.
pub(crate) struct Success {
    pub(crate) status: u16,
    pub(crate) says: &'static str,
    /// None: no body.
    pub(crate) body: Option<Shape>,
}

/// A parameter in the query.
pub(crate) struct QueryParameter {
    pub(crate) name: &'static str,
    pub(crate) says: &'static str,
    pub(crate) shape: Shape,
}

/// One endpoint.
pub(crate) struct Operation {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// Names the operation; programs that are made from the document call their functions so.
    pub(crate) id: &'static str,
    pub(crate) says: &'static str,
    pub(crate) audience: Audience,
    pub(crate) query: Vec<QueryParameter>,
    pub(crate) body: Option<Shape>,
    pub(crate) successes: Vec<Success>,
    pub(crate) refusals: Vec<ErrorCode>,
}

/// An endpoint that cannot be refused but by a failure. What it takes and whom it refuses is added.
pub(crate) fn operation(method: &'static str, path: &'static str, id: &'static str, says: &'static str) -> Operation {
    let refusals = if path.contains("{id}") { vec![ErrorCode::NotFound] } else { Vec::new() };
    Operation {
        method,
        path,
        id,
        says,
        audience: Audience::Anyone,
        query: Vec::new(),
        body: None,
        successes: Vec::new(),
        refusals,
    }
    .refuses(&[ErrorCode::Internal])
}

impl Operation {
    /// As `GET /health`.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// For holders of a credential, who may hold the wrong one, a revoked one, or none.
    pub(crate) fn for_the(mut self, audience: Audience) -> Self {
        self.audience = audience;
        let known = [ErrorCode::Unauthorized, ErrorCode::Forbidden, ErrorCode::DeviceRevoked, ErrorCode::Busy];
        let limited = !matches!(audience, Audience::Anyone | Audience::Operator);
        self.refuses(&known).refuses(if limited { &[ErrorCode::TooManyRequests] } else { &[] })
    }

    pub(crate) fn takes<T: JsonSchema + 'static>(self) -> Self {
        self.takes_shape(Box::new(Shapes::asked::<T>))
    }

    pub(crate) fn takes_shape(mut self, shape: Shape) -> Self {
        self.body = Some(shape);
        self.refuses(&[
            ErrorCode::MalformedBody,
            ErrorCode::InvalidRequest,
            ErrorCode::BodyTooLarge,
            ErrorCode::UnsupportedMediaType,
        ])
    }

    /// May be asked with a parameter in the query. One that is empty is none.
    pub(crate) fn may_say<T: JsonSchema + 'static>(mut self, name: &'static str, says: &'static str) -> Self {
        let shape = |shapes: &mut Shapes| json!({ "anyOf": [shapes.asked::<T>(), { "const": "" }] });
        self.query.push(QueryParameter { name, says, shape: Box::new(shape) });
        self.refuses(&[ErrorCode::InvalidRequest])
    }

    /// The same with whatever text: what the server has not given out is answered as what it no longer honours.
    pub(crate) fn may_say_any_text(mut self, name: &'static str, says: &'static str) -> Self {
        self.query.push(QueryParameter { name, says, shape: Box::new(|_| json!({ "type": "string" })) });
        self
    }

    pub(crate) fn answers<T: JsonSchema + 'static>(self, status: u16, says: &'static str) -> Self {
        self.answers_shape(status, says, Box::new(Shapes::told::<T>))
    }

    pub(crate) fn answers_shape(mut self, status: u16, says: &'static str, shape: Shape) -> Self {
        self.successes.push(Success { status, says, body: Some(shape) });
        self
    }

    pub(crate) fn answers_without_body(mut self, status: u16, says: &'static str) -> Self {
        self.successes.push(Success { status, says, body: None });
        self
    }

    pub(crate) fn refuses(mut self, codes: &[ErrorCode]) -> Self {
        self.refusals.extend(codes);
        self.refusals.sort_unstable();
        self.refusals.dedup();
        self
    }

    /// Which credentials may be used.
    pub(crate) fn security(&self) -> Value {
        match self.audience {
            Audience::Anyone => json!([]),
            Audience::Operator => json!([{ "operator": [] }]),
            Audience::Admin => json!([{ "admin": [] }]),
            Audience::Device => json!([{ "device": [] }]),
            Audience::AdminOrDevice => json!([{ "admin": [] }, { "device": [] }]),
            Audience::OperatorOrAdmin => json!([{ "operator": [] }, { "admin": [] }]),
        }
    }
}
