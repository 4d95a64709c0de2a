//! Two collectors on one store in a bucket: each batch once, its frames beside the tables.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::memory::InMemory;
use teiten_model::frame::FrameBlock;

use super::*;

/// Offers of one group before its collector would be given up; far fewer are needed.
const OFFERS_MAX: usize = 200;

fn store(bucket: &Arc<dyn ObjectStore>) -> Store {
    let url = url::Url::parse("memory:///bucket/").expect("a URL");
    Store::in_bucket(url, Arc::clone(bucket), "UTC").expect("a store")
}

fn sink(bucket: &Arc<dyn ObjectStore>) -> StoreSink {
    let lore = Lore::load("no-such-folder".into(), None).expect("nothing to know");
    let enrolled = Box::new(|| BTreeMap::from([("a".to_string(), bare("a", "jp"))]));
    StoreSink::new(store(bucket), lore, enrolled).expect("a sink")
}

#[test]
fn two_collectors_at_once_store_each_batch_and_its_frames_once() {
    let bucket: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    store(&bucket);
    // Sensors that send everything to both, as after time-outs, in groups of two.
    let batches: Vec<Accepted> =
        (1..=4).flat_map(|number| [minute("a", number, 5), minute("b", number, 3)]).collect();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut sink = sink(&bucket);
                for group in batches.chunks(2) {
                    let mut offers = 0;
                    while let Err(error) = sink.store(group, 1) {
                        assert!(error.is_passing, "{error}");
                        offers += 1;
                        assert!(offers < OFFERS_MAX, "{error}");
                    }
                }
            });
        }
    });
    let store = store(&bucket);
    let session = Session::open(&store, Viewer::All).expect("a session");
    let all = Selection::default();
    assert_eq!(packets::count(&session, &all, false).expect("a number"), 32);
    assert_eq!(books::total(&session, &all).expect("a number"), 32);
    assert_eq!(live::balance(&session).expect("the account").fault(), None);
    let marks = sink(&bucket).marks().expect("marks");
    let last = |sensor: &str| marks.get(&(sensor.to_string(), 7)).map(|mark| mark.sequence);
    assert_eq!((last("a"), last("b")), (Some(4), Some(4)));
    let paths = teiten_ask::frames::stored_paths(&session).expect("the books");
    for batch in &batches {
        let id = crate::collect::batch::delivery(&batch.head, &batch.bytes, batch.sum).id();
        let kept = frames::read(&store, &id).expect("the bucket").expect("kept");
        assert_eq!(kept, batch.bytes, "{id}");
        let mut capture = teiten_ask::frames::open(&paths, &id).expect("a capture");
        let (mut block, mut count) = (FrameBlock::default(), 0);
        while capture.next_block(&mut block) {
            count += block.frames.len() as u64;
        }
        assert_eq!(count, batch.head.frames, "{id}");
    }
    assert_eq!(frames::read(&store, "a/2014-04-01/0000000000000007-0000000099").expect("the bucket"), None);
}
