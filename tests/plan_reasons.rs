//! The reasons that plans give are true, and no write that waits is without one.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::path::Path;

use serde_json::{Value, json};
use sonicfg::config::{EntryName, differing_entries};
use sonicfg::plan::{DependencyKind, Disruption, EntrySet, Plan, PlanOptions, ReasonKind, plan};
use sonicfg::policy::Policy;
use sonicfg::schema::Schema;

/// A plan with the configs between its steps.
struct Told {
    case: String,
    plan: Plan,
    /// Before each step, and after the last.
    configs: Vec<Value>,
}

impl Told {
    fn new(case: &str, schema: &Schema, options: &PlanOptions, current: &Value, target: &Value) -> Self {
        let plan = plan(schema, &Policy::shipped(), options, current, target);
        let plan = plan.unwrap_or_else(|refusal| panic!("{case}: {refusal}"));
        let mut configs = vec![current.clone()];
        for step in &plan.steps {
            let mut config = configs.last().unwrap().clone();
            step.writes.iter().for_each(|write| write.apply(&mut config));
            configs.push(config);
        }
        Told {
            case: case.to_owned(),
            plan,
            configs,
        }
    }

    /// What an entry holds before a step.
    fn before(&self, step: usize, name: &EntryName) -> Option<&Value> {
        name.find(&self.configs[step])
    }

    fn is_changed(&self, step: usize, name: &EntryName) -> bool {
        self.before(step, name) != self.before(step + 1, name)
    }

    /// Whether an entry names another one, before or after a step.
    fn names(&self, step: usize, from: &EntryName, to: &EntryName) -> bool {
        let values = [self.before(step, from), self.before(step + 1, from)];
        let values: String = values.into_iter().flatten().map(Value::to_string).collect();
        // The table of references by value is not known here, so any part of the key does.
        to.parts()
            .any(|part| values.contains(part) || from.parts().any(|own| own == part))
    }

    fn is_down(&self, step: usize, port: &EntryName) -> bool {
        self.before(step, port)
            .is_none_or(|port| port.get("admin_status") != Some(&json!("up")))
    }

    fn check(&self) {
        for (at, step) in self.plan.steps.iter().enumerate() {
            for reason in &step.why {
                self.check_reason(at, &reason.entry, &reason.because);
            }
            for name in differing_entries(&self.configs[at], &self.configs[at + 1]) {
                assert!(
                    at == 0 || step.why.iter().any(|reason| reason.entry == name),
                    "{}: nothing says why {name} waits for step {at}",
                    self.case
                );
            }
        }
    }

    #[track_caller]
    fn check_reason(&self, at: usize, entry: &EntryName, because: &ReasonKind) {
        let told = format!("{}: step {at}: {entry}: {because:?}", self.case);
        let all = |others: &EntrySet, holds: &dyn Fn(&EntryName) -> bool| {
            assert!(!others.0.is_empty() && others.0.iter().all(holds), "{told}");
        };
        match because {
            ReasonKind::CreateOnly { field, back } => {
                let value = |step| {
                    self.before(step, entry)
                        .and_then(|value: &Value| value.get(field))
                };
                let last = self.configs.len() - 1;
                assert_ne!(value(0), value(last), "{told}");
                assert!(*back > at && self.before(back + 1, entry).is_some(), "{told}");
            }
            ReasonKind::Follows { others, back } | ReasonKind::Loses { others, back } => {
                assert!(*back > at && self.is_changed(*back, entry), "{told}");
                all(others, &|other| {
                    (at + 1..=*back).any(|step| self.before(step, other).is_none())
                        && self.before(0, other).is_some()
                });
            }
            ReasonKind::TakenDown { others, back } => {
                assert!(self.is_down(at + 1, entry) && !self.is_down(at, entry), "{told}");
                let back = back.unwrap_or(self.plan.steps.len());
                all(others, &|other| {
                    (at..back).any(|step| self.is_changed(step, other))
                });
            }
            ReasonKind::KeptDown { others, back } => {
                assert!(
                    self.is_down(at + 1, entry) && !self.is_down(back + 1, entry),
                    "{told}"
                );
                all(others, &|other| {
                    (at..*back).any(|step| self.is_changed(step, other))
                });
            }
            ReasonKind::BroughtUp { again } => {
                assert!(self.is_down(at, entry) && !self.is_down(at + 1, entry), "{told}");
                assert_eq!(*again, self.before(0, entry).is_some(), "{told}");
            }
            ReasonKind::Again => assert!(self.before(at, entry).is_none(), "{told}"),
            ReasonKind::Regains { others } => all(others, &|other| self.names(at, entry, other)),
            ReasonKind::After {
                step,
                others,
                dependency,
            } => {
                assert_eq!(step + 1, at, "{told}");
                all(others, &|other| self.is_written(*step, other));
                all(others, &|other| {
                    self.holds(*dependency, (*step, other), (at, entry))
                });
            }
            ReasonKind::Before {
                step,
                others,
                dependency,
            } => {
                assert!(*step > at, "{told}");
                all(others, &|other| self.is_written(*step, other));
                all(others, &|other| {
                    self.holds(*dependency, (at, entry), (*step, other))
                });
            }
            ReasonKind::Limit { of, limit } => {
                assert!(at > 0 && *limit > 0 && !of.is_empty(), "{told}");
            }
            ReasonKind::Invalid { error } => assert!(at > 0 && error.is_some(), "{told}"),
            ReasonKind::Own { step } => assert!(self.is_written(*step, entry), "{told}"),
            ReasonKind::NoModel | ReasonKind::NoOrder => panic!("{told}"),
        }
    }

    fn is_written(&self, step: usize, name: &EntryName) -> bool {
        let mut writes = self.plan.steps[step].writes.iter();
        writes.any(|write| write.entry == *name)
    }

    /// Whether a link between two writes is there.
    fn holds(
        &self,
        dependency: DependencyKind,
        earlier: (usize, &EntryName),
        later: (usize, &EntryName),
    ) -> bool {
        match dependency {
            DependencyKind::RefersTo => self.names(later.0, later.1, earlier.1),
            DependencyKind::ReferredBy => self.names(earlier.0, earlier.1, later.1),
            DependencyKind::WhileEarlierDown => {
                self.is_down(later.0, earlier.1) && self.is_down(later.0 + 1, earlier.1)
            }
            DependencyKind::WhileLaterDown => {
                self.is_down(earlier.0, later.1) && !self.is_down(later.0 + 1, later.1)
            }
            DependencyKind::Replaces => self.before(later.0, later.1).is_some(),
            DependencyKind::Lanes => {
                let lanes = |value: &Value| -> Vec<String> {
                    let lanes = value["lanes"].as_str().unwrap().split(',');
                    lanes.map(|lane| lane.trim().to_owned()).collect()
                };
                let wanted = lanes(self.before(later.0 + 1, later.1).unwrap());
                let had = lanes(self.before(earlier.0, earlier.1).unwrap());
                self.before(earlier.0 + 1, earlier.1).is_none()
                    && had.iter().any(|lane| wanted.contains(lane))
            }
            DependencyKind::Conflict => {
                self.before(earlier.0 + 1, earlier.1).is_none() && self.before(later.0, later.1).is_none()
            }
            DependencyKind::Condition(_) => true,
        }
    }
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn reasons_on_a_small_switch() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = common::small_switch();
    let current = read(&root.join("fixtures/plan/config_db.json"));
    let change = |change: &dyn Fn(&mut Value)| {
        let mut target = current.clone();
        change(&mut target);
        for (to, from) in [(&target, &current), (&current, &target)] {
            for disruption in [Disruption::Policy, Disruption::Rolling(1), Disruption::AllAtOnce] {
                let options = PlanOptions {
                    disruption,
                    ..PlanOptions::default()
                };
                Told::new(&format!("{disruption:?}"), &schema, &options, from, to).check();
            }
        }
    };
    change(&|target| {
        target["PORT"]["Ethernet0"]["lanes"] = json!("1");
        target["PORT"]["Ethernet1"] = json!({"lanes": "2", "admin_status": "up"});
        target["VLAN_MEMBER"]["Vlan100|Ethernet1"] = json!({});
        target["BUFFER_PG"]["Ethernet1|0"] = json!({"profile": "lossy"});
    });
    change(&|target| {
        for (number, port) in ["Ethernet0", "Ethernet4", "Ethernet8", "Ethernet12"]
            .iter()
            .enumerate()
        {
            target["PORT"][port]["lanes"] = json!((number + 20).to_string());
        }
        target["BGP_NEIGHBOR"]["10.0.0.1"]["asn"] = json!("1");
        target["BGP_NEIGHBOR"]["10.0.0.3"]["asn"] = json!("1");
    });
    change(&|target| {
        let tables = target.as_object_mut().unwrap();
        tables.remove("VLAN");
        tables.remove("VLAN_MEMBER");
        tables.remove("OFFER");
        tables.remove("NEEDS");
        tables.insert("FORBIDS".to_owned(), json!({"a": {}}));
        target["UPLINK"]["u"]["port"] = json!("Ethernet4");
    });
}

#[test]
fn reasons_on_real_switches() {
    let Some(shared) = common::shared() else { return };
    let schema = common::corpus_schema(&shared.join("corpus"));
    for case in [
        "t1real-dpb1to4-active-1",
        "t1real-dpb1to4-rack-removed-1",
        "t1real-qosmap-28port",
        "t1real-rack-add-4",
        "t1real-rack-del-4",
        "t0real-vlan-del-24members",
        "syn128-rack-del-4",
        "tiny-bgp-createonly-200",
        "replace-t0real-by-t1real",
    ] {
        let dir = shared.join("bench").join(case);
        let (current, target) = (read(&dir.join("current.json")), read(&dir.join("expected.json")));
        Told::new(case, &schema, &PlanOptions::default(), &current, &target).check();
    }
}
