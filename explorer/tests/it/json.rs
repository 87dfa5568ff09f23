//! Results are values of serde.

use bootfork_explorer::{Explorer, worlds::Planted};

#[test]
fn a_record_is_an_object_with_the_names_of_its_fields() {
    let exploration = Explorer::new(Planted::default()).budget(500).stop_at_first_bug().run();
    let json = serde_json::to_value(&exploration).expect("plain data");
    let record = &json["seeds"][0];
    for name in ["seed", "timelines_to_bug", "draws_to_bug", "timelines", "draws", "states"] {
        assert!(record[name].is_u64(), "{name}");
    }
    assert!(record["seconds"].is_f64() && record["found"] == true);
    let bug = &json["bugs"][0];
    assert_eq!(bug["recipe"], exploration.bugs[0].recipe.to_string());
    assert_eq!(bug["kind"], "always");
}
