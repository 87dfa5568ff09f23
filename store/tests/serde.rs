//! Stores through serde: what comes back is what went in, and what is no store is an error.

use bootfork_store::{Change, Digest, Snapshot, Store};

/// Text, bytes that are none, and text that must not be taken for the digits of bytes.
fn awkward() -> Store {
    let mut store: Store = (0..100).map(|n| (format!("ko{n}.refCount"), "1,1")).collect();
    store.set("", "");
    store.set([0xff, 0x00], [0x80]);
    store.set("\0ff", "\0");
    store.set("\0", "\0\0");
    store.set("grüße", "\"\\\n\u{0}");
    store
}

#[test]
fn json_gives_back_every_byte() {
    let store = awkward();
    let json = serde_json::to_string(&store).unwrap();
    assert!(json.contains(r#""ko7.refCount":"1,1""#), "{json}");
    assert!(json.contains(r#""grüße":"\"\\\n\u0000""#), "{json}");
    let back: Store = serde_json::from_str(&json).unwrap();
    assert_eq!(back, store);
    back.check().unwrap();
    let value = serde_json::to_value(&store).unwrap();
    assert_eq!(serde_json::from_value::<Snapshot>(value).unwrap(), store.snapshot());
}

#[test]
fn postcard_gives_back_every_byte() {
    let store = awkward();
    let bytes = postcard::to_allocvec(&store).unwrap();
    let entries: usize = store.iter().map(|(key, value)| key.len() + value.len() + 2).sum();
    assert_eq!(bytes.len(), entries + 1, "the bytes as they are, and their lengths");
    assert_eq!(postcard::from_bytes::<Store>(&bytes).unwrap(), store);
    assert_eq!(postcard::from_bytes::<Snapshot>(&bytes).unwrap(), store.snapshot());
}

#[test]
fn entries_may_come_in_any_order_but_not_twice() {
    let store: Store = serde_json::from_str(r#"{"b":"2","a":"1"}"#).unwrap();
    assert_eq!(store, [("a", "1"), ("b", "2")].into_iter().collect());
    for twice in [r#"{"a":"1","b":"2","a":"1"}"#, r#"{"a":"1","\u000061":"2"}"#] {
        let error = serde_json::from_str::<Store>(twice).unwrap_err();
        assert!(error.to_string().starts_with("two entries have the same key"), "{error}");
    }
}

#[test]
fn what_is_no_store_is_an_error() {
    for bad in [
        "",
        "[]",
        "null",
        r#"["a","1"]"#,
        r#"{"a":1}"#,
        r#"{"a":null}"#,
        r#"{"a":[49]}"#,
        r#"{"a":"1""#,
        r#"{"\u00006":"odd"}"#,
        r#"{"\u0000zz":"not digits"}"#,
        r#"{"\u0000+1":"not digits"}"#,
        r#"{"a":"\u0000é"}"#,
    ] {
        assert!(serde_json::from_str::<Store>(bad).is_err(), "{bad}");
    }
}

#[test]
fn every_cut_of_the_bytes_is_an_error() {
    let bytes = postcard::to_allocvec(&awkward()).unwrap();
    for len in 0..bytes.len() {
        assert!(postcard::from_bytes::<Store>(&bytes[..len]).is_err(), "{len} bytes");
    }
}

/// The number of entries, and then the length of a key, claim to be 2^60: nothing is allocated for
/// a claim, so that this comes back at all.
#[test]
fn a_length_that_is_only_claimed_is_an_error() {
    let claim = postcard::to_allocvec(&(1_u64 << 60)).unwrap();
    assert!(postcard::from_bytes::<Store>(&claim).is_err());
    let entries = [&claim[..], &[1, b'a', 1, b'1']].concat();
    assert!(postcard::from_bytes::<Store>(&entries).is_err());
    let key = [&[1], &claim[..], b"abc"].concat();
    assert!(postcard::from_bytes::<Store>(&key).is_err());
}

#[test]
fn a_digest_is_its_digits_or_its_bytes() {
    let digest = awkward().digest();
    let json = serde_json::to_string(&digest).unwrap();
    assert_eq!(json, format!("\"{digest}\""));
    assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
    assert_eq!(serde_json::from_str::<Digest>(&json.to_uppercase()).unwrap(), digest);
    let bytes = postcard::to_allocvec(&digest).unwrap();
    assert_eq!(bytes, digest.to_bytes());
    assert_eq!(postcard::from_bytes::<Digest>(&bytes).unwrap(), digest);
    for bad in [r#""12""#, r#""+123456789abcdef0123456789abcdef""#, "12"] {
        assert!(serde_json::from_str::<Digest>(bad).is_err(), "{bad}");
    }
}

#[test]
fn differences_and_statistics_are_records() {
    let change = Change { key: b"a", left: None, right: Some(&[0xff]) };
    let json = serde_json::to_string(&change).unwrap();
    assert_eq!(json, r#"{"key":"a","left":null,"right":"\u0000ff"}"#);
    let stats = serde_json::to_value(awkward().stats()).unwrap();
    assert_eq!(stats["entries"], 105);
}
