use bench::inputs;
use bootfork_store::Store;
use bootfork_store::image::{Image, Trust};
use std::time::Instant;
fn main() {
    for n in [1_000_000] {
        let store: Store = inputs::entries(n).into_iter().collect();
        let path = std::path::Path::new("/dev/shm/x.image");
        let t = Instant::now();
        Image::builder("t", 1).store("kv", &store).write(path).unwrap();
        println!("{n}: write {:?} bytes {}", t.elapsed(), std::fs::metadata(path).unwrap().len());
        for trust in [Trust::Trusted, Trust::Structural, Trust::Full] {
            let mut best = std::time::Duration::MAX;
            for _ in 0..4 {
                let t = Instant::now();
                let image = Image::open(path, trust).unwrap();
                best = best.min(t.elapsed());
                drop(image);
            }
            println!("   {trust:?} {best:?}");
        }
    }
}
