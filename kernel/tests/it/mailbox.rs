//! The mailbox: what goes out waits in the table, what comes in goes to the handler.

use std::sync::Arc;

use bootfork_kernel::{
    Config, Controller, Endowments, Mailbox, PeerMailbox, Tables, ToQuiescence, Write,
};
use serde_json::json;

use crate::devices::{FAILED, call, make_in_vain, told};
use crate::script::{self, Kernel, get};

fn endowments() -> Endowments {
    Endowments::tripwires().with("mailbox", Arc::new(Mailbox))
}

/// A kernel of two vats, main and alice, with a mailbox, `d-70`.
fn kernel() -> Kernel {
    let config = Config::new("main").vat("main", "script").vat("alice", "script");
    let config = config.reap_interval(None).device("mailbox", "mailbox-bundle");
    let mut kernel =
        Controller::boot_with(&config, script::worker(), endowments()).expect("a configuration");
    kernel.run().expect("scripts that do nothing");
    kernel
}

fn mailbox(kernel: &mut Kernel, method: &str, arguments: &str) -> String {
    let answer = call(kernel, "d-70", method, arguments).expect("no panic");
    assert_eq!(kernel.check(), Ok(()), "{method} {arguments}");
    answer
}

fn deliver(kernel: &mut Kernel, messages: &[(u64, &str)], ack: u64) -> Result<(), String> {
    let messages: Vec<_> =
        messages.iter().map(|(number, body)| (*number, (*body).into())).collect();
    let act = |device: &mut dyn bootfork_kernel::DeviceSyscalls| {
        Mailbox::deliver_inbound(device, "bob", &messages, ack)
    };
    let done = kernel.device_input("mailbox", act).expect("a mailbox");
    while kernel.step().expect("no panic") {
        assert_eq!(kernel.check(), Ok(()));
    }
    done
}

fn outbox(kernel: &mut Kernel) -> serde_json::Value {
    let outbox = kernel.device_input("mailbox", Mailbox::outbox).expect("a mailbox");
    serde_json::to_value(outbox.expect("an outbox")).expect("JSON")
}

#[test]
fn the_outbox_has_what_was_put_there_and_not_removed() {
    let mut kernel = kernel();
    assert_eq!(outbox(&mut kernel), json!({}));
    for (method, arguments) in [
        ("add", r#"["bob",10,"ten"]"#),
        ("add", r#"["bob","+9","nine"]"#),
        ("add", r#"["bob",1,"once"]"#),
        ("add", r#"["bob",1,"twice"]"#),
        ("add", r#"["bob",2,"gone"]"#),
        ("remove", r#"["bob",2]"#),
        ("remove", r#"["carol",2]"#),
        ("ackInbound", r#"["bob",5]"#),
    ] {
        assert_eq!(mailbox(&mut kernel, method, arguments), r##"#"#undefined""##);
    }
    let bob = json!([[1, "twice"], [9, "nine"], [10, "ten"]]);
    let expected = json!({
        "bob": { "inboundAck": 5, "outbox": bob },
        "carol": { "inboundAck": 0, "outbox": [] },
    });
    assert_eq!(outbox(&mut kernel), expected);
    assert_eq!(get(&kernel, "d7.deviceState"), None, "the device's state is the handler alone");
}

#[test]
fn what_comes_in_goes_to_the_handler_as_often_as_it_comes() {
    let mut kernel = kernel();
    assert!(deliver(&mut kernel, &[(1, "early")], 0).is_err(), "nobody listens");
    let register = ["registerInboundHandler", r#"["$0.Alleged: handler"]"#];
    assert_eq!(mailbox(&mut kernel, register[0], register[1]), r##"#"#undefined""##);
    assert_eq!(mailbox(&mut kernel, register[0], register[1]), FAILED, "registered already");

    assert_eq!(deliver(&mut kernel, &[(1, "one"), (2, "#two")], 7), Ok(()));
    let entries = kernel.tables().transcripts.entries(bootfork_kernel::VatId(1));
    let inbound: Vec<&str> = entries.filter(|entry| entry.contains("deliverInbound")).collect();
    let messages = r##"#["deliverInboundMessages",["bob",[[1,"one"],[2,"!#two"]]]]"##;
    for (entry, body) in inbound.iter().zip([messages, r##"#["deliverInboundAck",["bob",7]]"##]) {
        assert!(entry.contains(&serde_json::to_string(body).expect("JSON")), "{entry}");
        assert!(entry.contains(r#"["message","o+5""#), "{entry}");
        assert!(entry.contains(r#""result":null"#), "{entry}");
    }
    assert_eq!(inbound.len(), 2);

    assert_eq!(deliver(&mut kernel, &[(1, "one")], 7), Ok(()));
    assert_eq!(deliver(&mut kernel, &[], 8), Ok(()));
    let count = |kernel: &Kernel| {
        (told(kernel, "deliverInboundMessages"), told(kernel, "deliverInboundAck"))
    };
    assert_eq!(count(&kernel), (2, 3));
    assert!(deliver(&mut kernel, &[(1, "one")], 1 << 53).is_err());
    assert!(deliver(&mut kernel, &[(1, "one"), (1 << 53, "two")], 1).is_err());
    assert_eq!(count(&kernel), (2, 3), "nothing is sent, not even a part");
    assert_eq!(deliver(&mut kernel, &[((1 << 53) - 1, "last")], 1), Ok(()));
    assert_eq!(told(&kernel, "deliverInboundMessages"), 3);
}

#[test]
fn what_a_mailbox_cannot_use_is_an_error_and_changes_nothing() {
    let mut kernel = kernel();
    for (method, arguments) in [
        ("registerInboundHandler", "[]"),
        ("registerInboundHandler", r#"["handler"]"#),
        ("registerInboundHandler", r##"["#undefined","$0"]"##),
        ("add", r#"["bob",1]"#),
        ("add", r#"["bob","1","x"]"#),
        ("add", r#"["bob",-1,"x"]"#),
        ("add", r#"["bob","-1","x"]"#),
        ("add", r#"["bob",0.5,"x"]"#),
        ("add", r#"["bob",1e300,"x"]"#),
        ("add", r##"["bob","#NaN","x"]"##),
        ("add", r##"["bob","#Infinity","x"]"##),
        ("add", r#"["bob",9007199254740992,"x"]"#),
        ("add", r#"["$0.Alleged: bob",1,"x"]"#),
        ("add", r#"["bob",1,["x"]]"#),
        ("add", r#"[["bob"],1,"x"]"#),
        ("add", r#"{"peer":"bob"}"#),
        ("add", r#""bob""#),
        ("add", "nonsense"),
        ("remove", "[]"),
        ("remove", r#"["bob"]"#),
        ("ackInbound", r#"["bob",null]"#),
        ("unknown", r#"["bob",1,"x"]"#),
        ("", "[]"),
    ] {
        assert_eq!(mailbox(&mut kernel, method, arguments), FAILED, "{method} {arguments}");
    }
    assert_eq!(outbox(&mut kernel), json!({}));
    assert_eq!(get(&kernel, "d7.deviceState"), None);
    assert_eq!(mailbox(&mut kernel, "add", r#"["bob",0,""]"#), r##"#"#undefined""##);
}

#[test]
fn a_fork_has_an_outbox_of_its_own_and_a_restart_loses_none() {
    let mut kernel = kernel();
    mailbox(&mut kernel, "registerInboundHandler", r#"["$0"]"#);
    mailbox(&mut kernel, "add", r#"["bob",1,"before"]"#);
    let before = outbox(&mut kernel);
    let mut fork = kernel.fork_with(endowments());
    mailbox(&mut fork, "remove", r#"["bob",1]"#);
    mailbox(&mut fork, "ackInbound", r#"["bob",3]"#);
    assert_eq!(outbox(&mut fork), json!({ "bob": { "inboundAck": 3, "outbox": [] } }));
    assert_eq!(outbox(&mut kernel), before);
    assert_eq!(outbox(&mut kernel.fork()), before, "the host reads it without the device");

    let mut restarted = fork.restart().expect("a kernel's tables");
    assert_eq!(outbox(&mut restarted), outbox(&mut fork));
    assert_eq!(deliver(&mut restarted, &[(4, "again")], 1), Ok(()));
    assert_eq!(told(&restarted, "deliverInboundMessages"), 1);
    assert_eq!(told(&fork, "deliverInboundMessages"), 0);
}

#[test]
fn a_crank_that_is_undone_puts_nothing_into_the_outbox() {
    let mut kernel = kernel();
    mailbox(&mut kernel, "add", r#"["bob",1,"before"]"#);
    let before = outbox(&mut kernel);
    let add = json!({ "body": r##"#["bob",2,"after"]"##, "slots": [] });
    let handler = json!({ "body": r##"#["$0"]"##, "slots": ["o+5"] });
    let calls = [
        json!(["callNow", "d-70", "add", add]),
        json!(["callNow", "d-70", "registerInboundHandler", handler]),
    ];
    let mut lives = kernel.fork_with(endowments());
    make_in_vain(&mut kernel, &calls);
    assert_eq!(outbox(&mut kernel), before);
    assert!(deliver(&mut kernel, &[], 1).is_err(), "nor was a handler registered");

    script::script(&mut lives, "main", &json!(calls)).expect("no panic");
    assert_ne!(outbox(&mut lives), before, "but for the illegal syscall");
    assert_eq!(deliver(&mut lives, &[], 1), Ok(()));
}

#[test]
fn no_hash_covers_the_outbox_and_every_trace_shows_it() {
    let mut kernel = kernel();
    let add = json!({ "body": r##"#["bob",2,"x"]"##, "slots": [] });
    let calls = json!([["callNow", "d-70", "add", add]]);
    script::queue(&mut kernel, "main", &format!("#[\"script\",{calls}]"), &[]);
    let mut other = kernel.fork_with(endowments());
    let set = |device: &mut dyn bootfork_kernel::DeviceSyscalls| {
        device.set_host_data(r#"{"carol":{"inboundAck":1,"outbox":[]}}"#);
    };
    other.device_input("mailbox", set).expect("a mailbox");
    other.run().expect("no panic");
    let mut writes = Vec::new();
    while let (Some(trace), Ok(())) = kernel.step_traced(&mut ToQuiescence) {
        writes.extend(trace.writes);
    }
    let bob = r#"{"bob":{"inboundAck":0,"outbox":[[2,"x"]]}}"#;
    assert!(writes.contains(&Write::Set("local.d7.hostData".into(), bob.into())), "{writes:?}");
    assert_eq!(kernel.activityhash(), other.activityhash());
    assert_eq!(outbox(&mut other)["carol"], json!({ "inboundAck": 1, "outbox": [] }));
}

#[test]
fn a_damaged_outbox_is_an_error_to_all() {
    let kernel = kernel();
    for damage in ["", "[]", r#"{"bob":7}"#, r#"{"bob":{"inboundAck":-1,"outbox":[]}}"#] {
        let Tables { mut kv, transcripts, bundles } = kernel.tables().clone();
        kv.set("local.d7.hostData", damage);
        let tables = Tables { kv, transcripts, bundles };
        let worker = Arc::new(script::worker());
        let mut kernel =
            Controller::open_with(tables, worker, endowments()).expect("the host's own");
        let outbox = kernel.device_input("mailbox", Mailbox::outbox).expect("a mailbox");
        assert!(outbox.expect_err("damaged").contains("damaged"), "{damage}");
        assert_eq!(mailbox(&mut kernel, "add", r#"["bob",1,"x"]"#), FAILED);
    }
    let peer: Result<PeerMailbox, _> = serde_json::from_str(r#"{"outbox":[]}"#);
    assert!(peer.is_err());
}
