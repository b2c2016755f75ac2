//! What was accepted can be taken back: by a rollback to a change or a checkpoint, by the end of a change that is not
//! confirmed, by its cancellation, and by recovery. The rules for a change forward do not bind the way back.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::mutate::Random;
use serde_json::{Map, Value, json};
use sonicfg::config::{Config, Source};
use sonicfg::engine::{
    Allow, ApplyError, ChangeRequest, Confirmation, Direction, Engine, Event, IgnoredPath, Observer,
    RejectReason, Session, SessionOptions, StateDirs, StoreSet,
};
use sonicfg::patch::{Patch, Scope};
use sonicfg::plan::ReasonKind;
use sonicfg::policy::Policy;
use sonicfg::store::StoreUrl;

/// The ways back from a change.
const WAYS: [Way; 5] = [
    Way::History,
    Way::Checkpoint,
    Way::Expiry,
    Way::Cancellation,
    Way::Recovery,
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    History,
    Checkpoint,
    Expiry,
    Cancellation,
    Recovery,
}

/// A config file of its own, and an engine with the models of a small switch, or with sonicfg's own.
struct Switch {
    dir: tempfile::TempDir,
    engine: Engine,
}

/// Dies between two steps, as a process does that is killed.
struct Dies {
    step: usize,
}

impl Observer for Dies {
    fn event(&mut self, event: &Event) {
        if let Event::StepStarted { step, .. } = event {
            self.step += 1;
            if *step == 2 || self.step == 2 {
                resume_unwind(Box::new("killed"));
            }
        }
    }
}

impl Switch {
    fn new(engine: &Engine, config: &Value) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let switch = Switch {
            dir,
            engine: engine.clone(),
        };
        std::fs::write(switch.path(), config.to_string()).unwrap();
        switch
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("config_db.json")
    }

    fn stores(&self) -> StoreSet {
        let urls = [(Scope::HOST, StoreUrl::File(self.path()))];
        StoreSet::open(&urls, &StateDirs::default()).unwrap()
    }

    fn session(&self) -> Session {
        let mut options = SessionOptions::default();
        // Steps are committed one by one.
        options.step_delay = Some(Duration::from_micros(1));
        self.engine.open(self.stores(), options)
    }

    fn config(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.path()).unwrap()).unwrap()
    }

    /// Makes a change, and takes it back. `None`: it is rejected.
    fn there_and_back(&self, way: Way, change: ChangeRequest) -> Option<Result<(), String>> {
        let before = self.config();
        let allow = Allow {
            existing_errors: true,
            unmodeled_tables: true,
            ..Allow::default()
        };
        let limit = match way {
            Way::Expiry => Some(Duration::ZERO),
            Way::Cancellation => Some(Duration::from_secs(600)),
            _ => None,
        };
        let change = change.allow(allow).confirm_within(limit);
        let mut session = self.session();
        if way == Way::Checkpoint {
            let configs = [(Scope::HOST, before.clone())];
            let checkpoints = self.stores().checkpoints();
            checkpoints.save("before", &configs, true).unwrap();
        }
        let made = if way == Way::Recovery {
            catch_unwind(AssertUnwindSafe(|| session.apply(&change, &mut Dies { step: 0 })))
        } else {
            Ok(session.apply(&change, &mut ()))
        };
        let made = match made {
            Ok(Ok(report)) => Some(report.id?),
            Ok(Err(ApplyError::Rejected(_))) => return None,
            Ok(Err(error)) => return Some(Err(format!("{error}"))),
            // It died.
            Err(_) => None,
        };
        drop(session);
        if way == Way::Expiry {
            // Deadlines are whole seconds.
            std::thread::sleep(Duration::from_secs(1));
        }
        let mut session = self.session();
        let back = match (way, made) {
            // There was no second step to die at.
            (Way::Recovery, Some(_)) => return None,
            (Way::History, Some(id)) => session
                .apply(&ChangeRequest::rollback_to(&id), &mut ())
                .map(|_| ()),
            (Way::Checkpoint, _) => {
                let checkpoints = self.stores().checkpoints();
                session
                    .apply(&ChangeRequest::restore(checkpoints, "before"), &mut ())
                    .map(|_| ())
            }
            (Way::Cancellation, _) => session.cancel(&mut ()).map(|cancelled| {
                let Confirmation::Cancelled { kept, .. } = cancelled else {
                    panic!("{cancelled:?}");
                };
                assert_eq!(kept, Vec::<String>::new());
            }),
            (Way::Expiry | Way::Recovery, _) | (Way::History, None) => {
                session.recover(Direction::Back, &mut ()).map(|count| {
                    assert_eq!(count, 1, "{way:?}");
                })
            }
        };
        if let Err(error) = back {
            return Some(Err(format!("{way:?}: {error}")));
        }
        if self.config() != before {
            return Some(Err(format!("{way:?}: {}", self.config())));
        }
        // Nothing is left that refuses the next change.
        let mut session = self.session();
        Some(match session.recover(Direction::Back, &mut ()) {
            Ok(0) => Ok(()),
            other => Err(format!("{way:?}: {other:?}")),
        })
    }
}

fn replace(target: &Value) -> ChangeRequest<'static> {
    ChangeRequest::replace(vec![Config::from_value("target.json", target)])
}

fn patch(text: &str) -> ChangeRequest<'static> {
    ChangeRequest::patch(Patch::parse(Source::new("p.json", text)).unwrap())
}

fn own_models() -> Engine {
    Engine::builder().build().unwrap()
}

fn small_switch(policy: Policy) -> Engine {
    Engine::new(common::small_switch(), policy)
}

fn fixture(path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(Path::new("fixtures").join(path)).unwrap()).unwrap()
}

/// A policy that protects what the small switch has.
fn protecting() -> Policy {
    let text =
        "[[protected]]\npath = \"/VLAN/Vlan300\"\n[[protected]]\npath = \"/PORT/Ethernet0/description\"\n";
    Policy::shipped()
        .with_file(&Source::new("policy.toml", text))
        .unwrap()
}

#[test]
fn protected_entries_that_a_change_added() {
    let engine = small_switch(protecting());
    let add = r#"[
        {"op": "add", "path": "/VLAN/Vlan300", "value": {"description": "three"}},
        {"op": "add", "path": "/PORT/Ethernet0/description", "value": "uplink"}
    ]"#;
    for way in WAYS {
        let switch = Switch::new(&engine, &fixture("plan/config_db.json"));
        let back = switch.there_and_back(way, patch(add));
        assert!(back.is_none_or(|back| back == Ok(())), "{way:?}");
        // A change forward may not.
        let mut session = switch.session();
        session.apply(&patch(add), &mut ()).unwrap();
        let remove = patch(r#"[{"op": "remove", "path": "/VLAN/Vlan300"}]"#);
        let error = session.apply(&remove, &mut ()).unwrap_err();
        let ApplyError::Rejected(rejection) = &error else {
            panic!("{error}")
        };
        assert_eq!(
            rejection.reason,
            RejectReason::Protected("/VLAN/Vlan300".to_owned())
        );
    }
}

#[test]
fn a_protected_entry_goes_with_its_table() {
    let text = "[[protected]]\npath = \"/VLAN/Vlan300\"\n";
    let policy = Policy::shipped()
        .with_file(&Source::new("policy.toml", text))
        .unwrap();
    let engine = small_switch(policy);
    let mut config = fixture("plan/config_db.json");
    config["VLAN"] = json!({"Vlan300": {"description": "three"}, "Vlan400": {"description": "four"}});
    config["VLAN_MEMBER"] = json!(null);
    config
        .as_object_mut()
        .unwrap()
        .retain(|table, _| table == "VLAN" || table == "PORT");
    let switch = Switch::new(&engine, &config);
    let mut session = switch.session();
    let alone = patch(r#"[{"op": "remove", "path": "/VLAN/Vlan300"}]"#);
    assert!(session.apply(&alone, &mut ()).is_err());
    let whole = patch(r#"[{"op": "remove", "path": "/VLAN"}]"#);
    session.apply(&whole, &mut ()).unwrap();
    assert_eq!(switch.config().get("VLAN"), None);
}

#[test]
fn an_error_that_a_change_cured() {
    let engine = own_models();
    let mut config = fixture("config_db.json");
    config["SYSTEM_DEFAULTS"]["default_bgp_status"] = json!({"status": "sideways"});
    let cure = r#"[{"op": "replace", "path": "/SYSTEM_DEFAULTS/default_bgp_status/status", "value": "up"}]"#;
    for way in WAYS {
        let switch = Switch::new(&engine, &config);
        if let Some(back) = switch.there_and_back(way, patch(cure)) {
            assert_eq!(back, Ok(()), "{way:?}");
        } else {
            assert_eq!(way, Way::Recovery, "one step is not left unfinished between two");
        }
    }
}

#[test]
fn a_retired_field_that_a_change_migrated() {
    let engine = own_models();
    let mut config = fixture("config_db.json");
    config["DEVICE_METADATA"]["localhost"]["default_pfcwd_status"] = json!("disable");
    let move_on = r#"[{"op": "remove", "path": "/DEVICE_METADATA/localhost/default_pfcwd_status"}]"#;
    for way in [Way::History, Way::Checkpoint, Way::Expiry, Way::Cancellation] {
        let switch = Switch::new(&engine, &config);
        assert_eq!(
            switch.there_and_back(way, patch(move_on)),
            Some(Ok(())),
            "{way:?}"
        );
    }
}

/// Entries that need each other: no order of steps brings them back, unless errors between are ignored.
#[test]
fn without_a_safe_order_all_is_restored_at_once() {
    let engine = small_switch(Policy::shipped());
    let mut config = fixture("plan/config_db.json");
    config["RING"] = json!({"r": {}});
    config["RING_MEMBER"] = json!({"r|m": {}});
    let remove = || {
        let allow = Allow {
            ignored: vec![IgnoredPath::parse("/RING").unwrap()],
            ..Allow::default()
        };
        patch(r#"[{"op": "remove", "path": "/RING"}, {"op": "remove", "path": "/RING_MEMBER"}]"#).allow(allow)
    };
    let switch = Switch::new(&engine, &config);
    let mut session = switch.session();
    // One that must be rolled back by itself is rejected.
    let limit = Some(Duration::from_secs(600));
    let error = session
        .apply(&remove().confirm_within(limit), &mut ())
        .unwrap_err();
    let ApplyError::Rejected(rejection) = &error else {
        panic!("{error}")
    };
    assert!(
        matches!(rejection.reason, RejectReason::NoWayBack(_)),
        "{rejection}"
    );
    assert_eq!(switch.config(), config);
    let id = session.apply(&remove(), &mut ()).unwrap().id.unwrap();
    let tried = session.dry_run(&ChangeRequest::rollback_to(&id)).unwrap();
    assert_eq!(tried.changes[0].plan.steps.len(), 1);
    assert_eq!(tried.changes[0].plan.steps[0].why[0].because, ReasonKind::NoOrder);
    session.apply(&ChangeRequest::rollback_to(&id), &mut ()).unwrap();
    assert_eq!(switch.config(), config);
}

/// A random change of a config: most of its results are not valid.
fn edited(config: &Value, random: &mut Random) -> Value {
    let mut edited = config.clone();
    for _ in 0..1 + random.below(4) {
        let tables = edited.as_object_mut().unwrap();
        let names: Vec<String> = tables.keys().cloned().collect();
        let Some(table) = random.pick(&names).cloned() else {
            break;
        };
        let entries = tables[&table].as_object_mut().unwrap();
        let keys: Vec<String> = entries.keys().cloned().collect();
        let Some(key) = random.pick(&keys).cloned() else {
            break;
        };
        match random.below(5) {
            0 => {
                entries.remove(&key);
                if entries.is_empty() {
                    tables.remove(&table);
                }
            }
            1 => {
                let (other, value) = (format!("{key}0"), entries[&key].clone());
                entries.insert(other, value);
            }
            at => {
                let Some(fields) = entries[&key].as_object_mut() else {
                    continue;
                };
                let names: Vec<String> = fields.keys().cloned().collect();
                let Some(field) = random.pick(&names).cloned() else {
                    continue;
                };
                match at {
                    2 => {
                        fields.remove(&field);
                    }
                    3 => {
                        fields.insert(field, json!("nonsense"));
                    }
                    _ => {
                        let more: Map<String, Value> = fields.clone();
                        let (_, value) = more.iter().nth(random.below(more.len())).unwrap();
                        fields.insert(field, value.clone());
                    }
                }
            }
        }
    }
    edited
}

#[test]
fn any_accepted_change_from_any_config() {
    let engine = small_switch(protecting());
    let base = fixture("plan/config_db.json");
    let mut random = Random::new(15);
    // The end of a deadline is waited for.
    let wanted = WAYS.map(|way| match way {
        Way::Expiry => 3,
        Way::Recovery => 10,
        _ => 30,
    });
    let (mut made, mut seen) = ([0; WAYS.len()], 0);
    while made != wanted {
        seen += 1;
        assert!(seen < 20_000, "{made:?}");
        // Every other config is not valid before; then the change often cures it.
        let current = if random.one_in(2) {
            edited(&base, &mut random)
        } else {
            base.clone()
        };
        let target = match random.below(3) {
            0 => base.clone(),
            1 => edited(&base, &mut random),
            _ => edited(&current, &mut random),
        };
        let at = seen % WAYS.len();
        if made[at] == wanted[at] {
            continue;
        }
        let switch = Switch::new(&engine, &current);
        match switch.there_and_back(WAYS[at], replace(&target)) {
            None => {}
            Some(Ok(())) => made[at] += 1,
            Some(Err(error)) => panic!("{error}\nfrom {current}\nto {target}"),
        }
    }
}
