//! Cloudflare D1.

use serde_json::{Map, Value};
use wasm_bindgen::JsValue;
use worker::{D1Database, Error};

use super::{Database, DatabaseError, Param, Row, Rows, Statement};

/// The store on D1.
#[derive(Debug)]
pub(crate) struct D1(pub(crate) D1Database);

impl Database for D1 {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let mut prepared = Vec::with_capacity(statements.len());
        for statement in &statements {
            let params = statement.params.iter().map(bound).collect::<Result<Vec<_>, _>>()?;
            prepared.push(self.0.prepare(statement.sql).bind(&params).map_err(|error| classify(&error))?);
        }
        let results = self.0.batch(prepared).await.map_err(|error| classify(&error))?;
        let rows_of = |result: &worker::D1Result| {
            let rows = result.results::<Map<String, Value>>().map_err(|error| classify(&error))?;
            Ok(rows.into_iter().map(Row).collect())
        };
        results.iter().map(rows_of).collect()
    }
}

fn bound(param: &Param) -> Result<JsValue, DatabaseError> {
    Ok(match param {
        Param::Text(text) => {
            Param::check_size(text)?;
            JsValue::from_str(text)
        }
        Param::Integer(number) => JsValue::from_f64(Param::real(*number)?),
        Param::Null => JsValue::NULL,
    })
}

fn classify(error: &Error) -> DatabaseError {
    if let Error::D1(error) = error {
        let error: &js_sys::Error = error.as_ref();
        return DatabaseError::from_message(&String::from(error.message()));
    }
    DatabaseError::from_message(&error.to_string())
}
