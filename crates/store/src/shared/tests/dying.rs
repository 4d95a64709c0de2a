//! A bucket that a writer reaches for so many puts, and then no more: as when its machine loses power.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

#[derive(Debug)]
pub(super) struct Dying {
    inner: Arc<dyn ObjectStore>,
    puts_left: AtomicI64,
}

impl Dying {
    /// The same bucket for so many puts.
    pub(super) fn new(inner: &Arc<dyn ObjectStore>, puts: i64) -> Dying {
        Dying { inner: Arc::clone(inner), puts_left: AtomicI64::new(puts) }
    }

    fn alive(&self) -> Result<()> {
        match self.puts_left.load(Ordering::SeqCst) {
            left if left > 0 => Ok(()),
            _ => Err(object_store::Error::Generic { store: "S3", source: "the power is gone".into() }),
        }
    }

    fn put(&self) {
        self.puts_left.fetch_sub(1, Ordering::SeqCst);
    }
}

impl fmt::Display for Dying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dying {}", self.inner)
    }
}

#[async_trait::async_trait]
impl ObjectStore for Dying {
    async fn put_opts(&self, at: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.alive()?;
        let done = self.inner.put_opts(at, payload, options).await;
        self.put();
        done
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.alive()?;
        self.inner.put_multipart_opts(at, options).await
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        self.alive()?;
        self.inner.get_opts(at, options).await
    }

    fn delete_stream(&self, at: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        match self.alive() {
            Ok(()) => self.inner.delete_stream(at),
            Err(error) => futures::stream::iter([Err(error)]).boxed(),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.alive() {
            Ok(()) => self.inner.list(prefix),
            Err(error) => futures::stream::iter([Err(error)]).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.alive()?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.alive()?;
        let done = self.inner.copy_opts(from, to, options).await;
        self.put();
        done
    }
}
