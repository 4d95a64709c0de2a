//! A bucket whose server fails now and then, before or after it did what it was asked, and lets others go first.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// One request in so many fails; half of those that write fail after they wrote.
const ONE_IN: u64 = 150;

#[derive(Debug)]
pub(super) struct Failing {
    inner: Arc<dyn ObjectStore>,
    state: AtomicU64,
}

impl Failing {
    /// The same bucket behind a server of that seed.
    pub(super) fn new(inner: &Arc<dyn ObjectStore>, seed: u64) -> Failing {
        Failing {
            inner: Arc::clone(inner),
            state: AtomicU64::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
        }
    }

    /// A number (SplitMix64).
    fn draw(&self) -> u64 {
        let state = self.state.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn broken() -> object_store::Error {
        object_store::Error::Generic { store: "S3", source: "the line broke".into() }
    }

    /// Lets others go first, and fails now and then.
    async fn on_the_way(&self) -> Result<()> {
        for _ in 0..self.draw() % 4 {
            tokio::task::yield_now().await;
        }
        if self.draw().is_multiple_of(ONE_IN) { Err(Failing::broken()) } else { Ok(()) }
    }
}

impl fmt::Display for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failing {}", self.inner)
    }
}

#[async_trait::async_trait]
impl ObjectStore for Failing {
    async fn put_opts(&self, at: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.on_the_way().await?;
        let done = self.inner.put_opts(at, payload, options).await?;
        self.on_the_way().await?;
        Ok(done)
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.on_the_way().await?;
        self.inner.put_multipart_opts(at, options).await
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        self.on_the_way().await?;
        self.inner.get_opts(at, options).await
    }

    fn delete_stream(&self, at: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(at)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.on_the_way().await?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.on_the_way().await?;
        self.inner.copy_opts(from, to, options).await
    }
}
