//! The examples of KERNEL.md section 3.1.

use super::*;

fn recoded(body: &str, slots: &[u64]) -> (String, Vec<String>) {
    let data = CapData::new(body, slots.iter().map(|number| Kref::Object(*number)));
    let again = Value::decode(&data).expect("decodable").encode(&data.slots);
    (again.body, again.slots.iter().map(ToString::to_string).collect())
}

#[test]
fn encoding_anew_changes_what_the_specification_says_and_no_more() {
    let cases: [(&str, &[u64], &str, &[&str]); 9] = [
        (r##"#["$0","$0"]"##, &[1], r##"#["$0.Alleged: undefined","$0"]"##, &["ko1"]),
        (
            r##"#["$1.Alleged: a","$0.Alleged: b"]"##,
            &[1, 2],
            r##"#["$0.Alleged: a","$1.Alleged: b"]"##,
            &["ko2", "ko1"],
        ),
        (r##"#["$0","$0.Alleged: x"]"##, &[1], r##"#["$0.Alleged: undefined","$0"]"##, &["ko1"]),
        (
            r##"#{"#error":"oops","errorId":"error:liveSlots:v3#70001","name":"TypeError"}"##,
            &[],
            r##"#{"#error":"oops","name":"TypeError"}"##,
            &[],
        ),
        (r##"#{"#error":"!!x","name":"Odd"}"##, &[], r##"#{"#error":"!!x","name":"Error"}"##, &[]),
        (r##"#[1.50,-0,1e21,1e-7,"+007","-0"]"##, &[], r##"#[1.5,0,1e+21,1e-7,"+7","+0"]"##, &[]),
        (r##"#{"b":1,"a":2,"10":3,"9":4}"##, &[], r##"#{"9":4,"10":3,"a":2,"b":1}"##, &[]),
        (r##"#"!#x""##, &[], r##"#"!#x""##, &[]),
        (
            r##"{"@qclass":"slot","iface":"Alleged: q","index":0}"##,
            &[5],
            r##"#"$0.Alleged: q""##,
            &["ko5"],
        ),
    ];
    for (body, slots, wanted, wanted_slots) in cases {
        let (again, again_slots) = recoded(body, slots);
        assert_eq!(again, wanted, "{body}");
        assert_eq!(again_slots, wanted_slots, "{body}");
    }
}

#[test]
fn what_is_undecodable_says_so() {
    let slots = [Kref::Object(1), Kref::Promise(2)];
    for body in ["#", "#[", r##"#"$7""##, r##"#"$1""##, r##"#"&0""##, r##"#"#word""##, r##"#"*""##]
    {
        assert!(Value::decode(&CapData::new(body, slots)).is_err(), "{body}");
    }
}

/// What the original's `kunser` and `kser` make of these, over an object, an object and a promise.
#[test]
fn bodies_that_no_encoder_writes_are_read_as_the_original_reads_them() {
    let slots = [Kref::Object(1), Kref::Object(2), Kref::Promise(3)];
    for (body, again, krefs) in [
        // Numbers are whatever JavaScript takes for one.
        (
            r##"#["$","$0x1"]"##,
            r##"#["$0.Alleged: undefined","$1.Alleged: undefined"]"##,
            "ko1,ko2",
        ),
        (r##"#["$ 1","$1e0","$+1"]"##, r##"#["$0.Alleged: undefined","$0","$0"]"##, "ko2"),
        (r##"#["&2.x","&02"]"##, r##"#["&0","&0"]"##, "kp3"),
        (r##"#["+5 ","-0"]"##, r##"#["+5","+0"]"##, ""),
        (r#"{"@qclass":"bigint","digits":"0x1f"}"#, r##"#"+31""##, ""),
        (r#"{"@qclass":"bigint","digits":" +7 "}"#, r##"#"+7""##, ""),
        (r#"{"@qclass":"bigint","digits":""}"#, r##"#"+0""##, ""),
        // The interface is that of the first mention in the body, the numbers those by name.
        (r##"#{"p":"$0.x","a":"$0"}"##, r##"#{"a":"$0.Alleged: x","p":"$0"}"##, "ko1"),
        (
            r##"#{"2":"$0","10":"$1"}"##,
            r##"#{"2":"$1.Alleged: undefined","10":"$0.Alleged: undefined"}"##,
            "ko2,ko1",
        ),
        (r##"#{"!a":"&2","b":1,"a":2}"##, r##"#{"a":2,"b":1}"##, ""),
        (r##"#["%@@iterator","%@@@@x"]"##, r##"#["%@@iterator","%@@@@x"]"##, ""),
        (r#"{"@qclass":"@@asyncIterator"}"#, r##"#"%@@asyncIterator""##, ""),
        (r#"{"@qclass":"tagged","tag":"x"}"#, r##"#{"#tag":"x","payload":"#undefined"}"##, ""),
        (
            r#"{"@qclass":"hilbert","original":"a","rest":{"x":2}}"#,
            r##"#{"@qclass":"a","x":2}"##,
            "",
        ),
        (r#"{"@qclass":"slot","iface":null,"index":0}"#, r##"#"$0.Alleged: null""##, "ko1"),
    ] {
        let data = CapData::new(body, slots);
        let found = Value::decode(&data).expect(body).encode(&slots);
        assert_eq!(found.body, again, "{body}");
        let found: Vec<_> = found.slots.iter().map(ToString::to_string).collect();
        assert_eq!(found.join(","), krefs, "{body}");
    }
    for body in [
        r##"#"$0x""##,
        r##"#"$-1""##,
        r##"#"$NaN""##,
        r##"#"+0x5""##,
        r##"#"+""##,
        r##"#"%@@foo""##,
        r##"#{"#tag":"x","payload":1,"more":2}"##,
        r##"#{"#error":"x","name":"Error","more":"#word"}"##,
        r##"#{"#error":"x","name":"Error","message":"y"}"##,
        r##"#{"#word":1}"##,
        r#"{"@qclass":5}"#,
        r#"{"@qclass":"ibid","index":0}"#,
        r#"{"@qclass":"slot","index":"0"}"#,
        r#"{"@qclass":"slot","index":0,"more":1}"#,
        r#"{"@qclass":"hilbert","original":1,"rest":{}}"#,
        r#"{"@qclass":"bigint","digits":"-0x5"}"#,
    ] {
        assert!(Value::decode(&CapData::new(body, slots)).is_err(), "{body}");
    }
}

#[test]
fn the_kernels_own_errors_escape_their_text() {
    assert_eq!(
        error_data("vat terminated").body,
        r##"#{"#error":"vat terminated","name":"Error"}"##
    );
    assert_eq!(error_data("!x").body, r##"#{"#error":"!!x","name":"Error"}"##);
}

#[test]
fn a_method_is_named_as_section_6_says() {
    for (body, name) in [
        (r##"#["poke",[]]"##, "poke"),
        (r##"#["!!odd",[]]"##, "!odd"),
        (r##"#["%iterate",[]]"##, "[iterate]"),
        (r##"#["#undefined",[]]"##, "<funcall>"),
        (r##"#["+7",[]]"##, "<unintelligible method>"),
        (r##"#[7,[]]"##, "<unintelligible method>"),
        ("#nonsense", "<unknown>"),
        ("#[\"poke\",[}]", "<unknown>"),
        ("#[ ]", "<funcall>"),
        (r##"["#7"]"##, "#7"),
        (r##"# [ "poke" , [1e400]]"##, "poke"),
        ("#[1e400,[]]", "<unintelligible method>"),
    ] {
        assert_eq!(method_name(&CapData::new(body, [])), name);
    }
}

/// As the original's `extractMethod` answered.
#[test]
fn a_method_of_the_older_encoding_or_of_no_list_is_named_as_in_the_original() {
    for (body, name) in [
        (r#"[{"@qclass":"undefined"},[]]"#, "<funcall>"),
        (r#"[{"@qclass":"symbol","name":"foo"},[]]"#, "[foo]"),
        (r#"[{"@qclass":"symbol"},[]]"#, "[undefined]"),
        (r#"[{"@qclass":"symbol","name":5}]"#, "[5]"),
        (r#"[{"@qclass":"@@asyncIterator"},[]]"#, "[Symbol.asyncIterator]"),
        (r#"[{"@qclass":"error"},[]]"#, "<invalid method type>"),
        (r#"[{"@qclass":"a","@qclass":"undefined"}]"#, "<funcall>"),
        ("[{},[]]", "<invalid method type>"),
        ("[[],[]]", "<invalid method type>"),
        ("[null]", "<unintelligible method>"),
        ("[1]", "<unintelligible method>"),
        ("#[null]", "<unintelligible method>"),
        ("#[{}]", "<unintelligible method>"),
        ("#[[]]", "<unintelligible method>"),
        ("null", "<unknown>"),
        ("#null", "<unknown>"),
        ("5", "<funcall>"),
        ("#true", "<funcall>"),
        ("{}", "<funcall>"),
        (r#"{"0":"zero"}"#, "zero"),
        (r##"#{"0":"!zero"}"##, "zero"),
        (r#"{"0":{"@qclass":"undefined"}}"#, "<funcall>"),
        (r#""text""#, "t"),
        (r##"#"!text""##, ""),
        (r##"#"%""##, "[]"),
        (r#""""#, "<funcall>"),
        (r##"["#undefined"]"##, "#undefined"),
    ] {
        assert_eq!(method_name(&CapData::new(body, [])), name, "{body}");
    }
    let deep = format!("[{}{}]", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(method_name(&CapData::new(deep, [])), "<invalid method type>");
}

#[test]
fn a_method_is_named_whatever_the_depth_of_its_arguments() {
    let deep = format!("#[\"poke\",{}{}]", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(method_name(&CapData::new(deep, [])), "poke");
}

/// The doubles nearest to the texts, as `JSON.parse` has them.
#[test]
fn numbers_are_those_of_javascript() {
    for (body, again) in [
        ("#0.9452706955539223", "#0.9452706955539223"),
        ("#0.38120423768821243", "#0.38120423768821243"),
        ("#[1e400,-1e400]", r##"#["#Infinity","#-Infinity"]"##),
        (
            r##"#{"1e400\"1e400":-2e308,"a\\":1.7976931348623157e308}"##,
            r##"#{"1e400\"1e400":"#-Infinity","a\\":1.7976931348623157e+308}"##,
        ),
        ("[1e400,-1E+400]", r##"#["#Infinity","#-Infinity"]"##),
        ("#1e-400", "#0"),
    ] {
        assert_eq!(recoded(body, &[]), (again.to_owned(), Vec::new()), "{body}");
    }
    let digits = format!("#[{}]", "9".repeat(400));
    assert_eq!(recoded(&digits, &[]).0, r##"#["#Infinity"]"##);
    for body in ["#01e400", "#+1e400", "#1.e400", "#{1e400:1}", "#1e400\"\"", "#[1e400", "#\"1e400"]
    {
        assert!(Value::decode::<Kref>(&CapData::new(body, [])).is_err(), "{body}");
    }
}

#[test]
fn lone_surrogates_survive_decoding() {
    for (body, again) in [
        (r##"#"\ud800""##, r##"#"\ud800""##),
        (r##"#["\uDFFF\uD800x","\ud83d\ude00"]"##, "#[\"\\udfff\\ud800x\",\"\u{1f600}\"]"),
        (r##"#"\\ud800""##, r##"#"\\ud800""##),
        (r##"#{"a\ud834":"\n\udbff"}"##, r##"#{"a\ud834":"\n\udbff"}"##),
    ] {
        assert_eq!(recoded(body, &[]), (again.to_owned(), Vec::new()));
    }
    let methargs = CapData::new(r##"#["\ud800",[]]"##, []);
    assert_eq!(
        error_data(&method_name(&methargs)).body,
        r##"#{"#error":"\ud800","name":"Error"}"##
    );
    for cut in [r##"#"\ud8""##, r##"#"\u""##, r##"#"\ud"##, "#\"\\\u{e9}", r##"#"\ud800\"##] {
        assert!(Value::decode::<Kref>(&CapData::new(cut, [])).is_err(), "{cut}");
    }
}
