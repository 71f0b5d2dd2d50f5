//! The engine's bindings inside Node.

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod boundary;
