//! The engine's bindings inside Chromium.

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod boundary;

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
