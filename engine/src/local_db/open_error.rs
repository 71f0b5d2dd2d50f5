//! Why a store is not opened.

/// Why a store is not opened. Nothing was written to it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The store holds a key that no engine writes.
    #[error("the store holds a key that is not of this engine: {0}")]
    ForeignKey(String),
    /// A newer version of the app wrote the store.
    #[error("a newer version of the app has written this store")]
    FormatUnknown,
    /// Nothing in the store can be opened with the keys at hand. It may be put aside for a new one.
    #[error("the key of this store is lost: what it holds cannot be read")]
    KeyLost,
    /// The store's name tag is damaged; whoever knows the device can open it.
    #[error("the store does not say whose it is")]
    NameLost,
}

impl OpenError {
    /// The code as apps see it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::ForeignKey(_) => "STORE_FOREIGN",
            Self::FormatUnknown => "STORE_FORMAT_UNKNOWN",
            Self::KeyLost => "STORE_KEY_LOST",
            Self::NameLost => "STORE_NAME_LOST",
        }
    }
}
