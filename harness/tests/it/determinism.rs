//! Boots that depend on their circumstances are found out, and told where and why.

use std::collections::HashMap;
use std::env;
use std::error::Error;
use std::time::SystemTime;

use bootfork::image::{Image, ImageBuilder};
use bootfork::{Boot, Json, State, mark};

type Words = Vec<String>;

/// What the check says of a boot that must not pass it.
#[track_caller]
fn complaint<T: Send + Sync>(boot: &Boot<T>) -> String {
    boot.check_determinism().expect_err("it is not deterministic").to_string()
}

static SOUND: Boot<Words> = Boot::new("sound", || {
    let words: HashMap<_, _> = (0..50).map(|n| (n, n.to_string())).collect();
    let mut words: Words = words.into_values().collect();
    words.sort();
    mark::<_, Json>("sorted", &words);
    Ok(words)
})
.cached_as::<Json>();

#[test]
fn a_deterministic_boot_passes() {
    SOUND.check_determinism().unwrap();
}

static SHUFFLED: Boot<Words> = Boot::new("shuffled", || {
    let mut words = vec!["first".to_owned()];
    mark::<_, Json>("begin", &words);
    let many: HashMap<_, _> = (0..50).map(|n| (n, n)).collect();
    words.push(many.into_values().map(|n| n.to_string()).collect::<Words>().join(", "));
    mark::<_, Json>("shuffle", &words);
    words.push("last".to_owned());
    Ok(words)
})
.cached_as::<Json>();

#[test]
fn the_order_of_a_map_is_found_at_its_step() {
    let told = complaint(&SHUFFLED);
    assert!(told.contains("first different step: shuffle"), "{told}");
    assert!(told.contains("json /1: "), "{told}");
    assert!(told.contains("HashMap"), "{told}");
}

static HURRIED: Boot<u64> =
    Boot::new("hurried", || Ok(SystemTime::UNIX_EPOCH.elapsed()?.as_secs())).cached_as::<Json>();

#[test]
fn the_clock_is_found() {
    let told = complaint(&HURRIED);
    assert!(told.contains("likely causes:        the clock"), "{told}");
}

/// Not the second, but what is in it.
static ROUNDED: Boot<u32> =
    Boot::new("rounded", || Ok(SystemTime::UNIX_EPOCH.elapsed()?.subsec_nanos() / 100_000_000))
        .cached_as::<Json>();

#[test]
fn a_tenth_of_a_second_is_found() {
    let told = complaint(&ROUNDED);
    assert!(told.contains("rounded\" is not deterministic"), "{told}");
}

static PRECISE: Boot<u32> =
    Boot::new("precise", || Ok(SystemTime::UNIX_EPOCH.elapsed()?.subsec_nanos()))
        .cached_as::<Json>();

#[test]
fn the_part_of_a_second_is_found_to_be_of_the_clock() {
    let told = complaint(&PRECISE);
    assert!(told.contains("likely causes:        the clock"), "{told}");
}

static HOMELY: Boot<String> =
    Boot::new("homely", || Ok(env::current_dir()?.display().to_string())).cached_as::<Json>();

#[test]
fn the_working_folder_is_found() {
    let told = complaint(&HOMELY);
    assert!(told.contains("the path of a working or temporary folder"), "{told}");
}

static LOCAL: Boot<String> =
    Boot::new("local", || Ok(env::var("LANG").unwrap_or_default())).cached_as::<Json>();

#[test]
fn the_locale_is_found() {
    let told = complaint(&LOCAL);
    assert!(told.contains("the locale or the time zone"), "{told}");
}

static NAMED: Boot<String> =
    Boot::new("named", || Ok(std::thread::current().name().unwrap_or("nameless").to_owned()))
        .cached_as::<Json>();

#[test]
fn the_thread_is_found() {
    let told = complaint(&NAMED);
    assert!(told.contains("elsewhere"), "{told}");
}

static PLACED: Boot<usize> =
    Boot::new("placed", || Ok((&raw const *Box::leak(Box::new([0_u8; 1 << 20]))).addr()))
        .cached_as::<Json>();

#[test]
fn an_address_is_found() {
    let told = complaint(&PLACED);
    assert!(told.contains("an address in memory"), "{told}");
}

static PARTICULAR: Boot<u32> = Boot::new("particular", || {
    let home = env::var_os("BOOTFORK_HISTORY").is_none();
    if home { Ok(1) } else { Err("there is no place like it".into()) }
})
.cached_as::<Json>();

#[test]
fn a_boot_that_fails_elsewhere_is_told_of() {
    let told = complaint(&PARTICULAR);
    assert!(told.contains("elsewhere") && told.contains("no place like it"), "{told}");
}

/// A state whose restored form has lost something that shows only later.
#[derive(Clone)]
struct Forgetful {
    count: u32,
    secret: u32,
}

impl State for Forgetful {
    const KIND: &str = "forgetful";

    fn to_image(state: &Self) -> Result<ImageBuilder<'_>, Box<dyn Error + Send + Sync>> {
        let count = state.count.to_le_bytes().to_vec();
        Ok(Image::builder(Self::KIND, Self::VERSION).bytes("count", count))
    }

    fn from_image(image: &Image) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let count = u32::from_le_bytes(image.bytes("count")?.try_into()?);
        Ok(Self { count, secret: 0 })
    }
}

static FORGETFUL: Boot<Forgetful> =
    Boot::new("forgetful", || Ok(Forgetful { count: 1, secret: 3 })).cached();

#[test]
fn a_shadow_finds_what_a_restored_state_has_lost() {
    let mut shadow = FORGETFUL.shadow().expect("they look alike");
    for number in 0..3 {
        let told = shadow.step(&format!("step {number}"), |state| {
            state.secret = state.secret.saturating_sub(1);
            state.count += u32::from(state.secret == 1);
        });
        let Err(error) = told else { continue };
        let told = error.to_string();
        assert!(told.contains("first different step: step 1"), "{told}");
        assert!(told.contains("count byte 0: "), "{told}");
        return;
    }
    panic!("nothing was found");
}

static CHATTY: Boot<Vec<u8>> = Boot::new("chatty", || Ok(vec![])).cached();

#[test]
fn a_shadow_compares_answers_too() {
    let mut shadow = CHATTY.shadow().expect("they are alike");
    let mut calls = 0;
    let told = shadow.step("ask", |_| {
        calls += 1;
        calls
    });
    let told = told.expect_err("the answers differ").to_string();
    assert!(told.contains("the step answers: 1 → 2"), "{told}");
}

/// Its base is in this process already, and in the cache for the other one.
#[test]
fn a_boot_whose_base_is_not_deterministic_is_found_out() {
    static BASE: Boot<Vec<u8>> = Boot::new("base by the clock", || {
        let time = SystemTime::UNIX_EPOCH.elapsed()?;
        Ok(time.as_nanos().to_string().into_bytes())
    })
    .cached();
    static NEXT: Boot<Vec<u8>> = BASE.then("next", |state| {
        state.push(b'.');
        Ok(())
    });
    NEXT.get().expect("it boots");
    assert!(complaint(&NEXT).contains("is not deterministic"));
}
