use super::*;

fn hasher(memory_kib: u32, passes: u32) -> PasswordHasher {
    PasswordHasher::new(memory_kib, passes, 1, 2).unwrap()
}

#[test]
fn only_argon2id_hashes_at_sane_costs_are_usable() {
    let phc = hasher(32, 1).hash(&Secret::new("x"), &mut Random::seeded(1)).unwrap();
    assert!(PasswordHasher::is_usable(&phc));
    for wrong in [
        phc.replace("argon2id", "argon2i"),
        phc.replace("m=32", "m=4294967295"),
        "$2y$10$abcdefghijklmnopqrstuv".to_owned(),
        String::new(),
    ] {
        assert!(!PasswordHasher::is_usable(&wrong), "{wrong}");
    }
}

#[test]
fn a_password_matches_its_own_hash_alone() {
    let (hasher, mut random) = (hasher(32, 1), Random::seeded(1));
    let phc = hasher.hash(&Secret::new("correct horse"), &mut random).unwrap();
    assert!(phc.starts_with("$argon2id$v=19$m=32,t=1,p=1$"), "{phc}");
    assert_ne!(phc, hasher.hash(&Secret::new("correct horse"), &mut random).unwrap());
    let check = |password: &str| hasher.verify(&Secret::new(password), &phc).unwrap();
    assert_eq!(
        check("correct horse"),
        PasswordCheck {
            matches: true,
            needs_rehash: false
        }
    );
    for wrong in ["", "correct hors", "Correct horse", "correct horse "] {
        assert_eq!(
            check(wrong),
            PasswordCheck {
                matches: false,
                needs_rehash: false
            }
        );
    }
}

#[test]
fn other_costs_are_honoured_and_call_for_a_new_hash() {
    let secret = Secret::new("password");
    for (memory, passes) in [(64, 1), (16, 1), (32, 2)] {
        let phc = hasher(memory, passes).hash(&secret, &mut Random::seeded(1)).unwrap();
        let check = hasher(32, 1).verify(&secret, &phc).unwrap();
        assert_eq!(
            check,
            PasswordCheck {
                matches: true,
                needs_rehash: true
            }
        );
        let check = hasher(32, 1).verify(&Secret::new("other"), &phc).unwrap();
        assert_eq!(
            check,
            PasswordCheck {
                matches: false,
                needs_rehash: false
            }
        );
    }
}

#[test]
fn hashes_of_the_reference_implementation_verify() {
    // phc-winner-argon2, src/test.c; the last is version 1.0, written without its version.
    for phc in [
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
        "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
        "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
    ] {
        let check = hasher(32, 1).verify(&Secret::new("password"), phc).unwrap();
        assert_eq!(
            check,
            PasswordCheck {
                matches: true,
                needs_rehash: true
            },
            "{phc}"
        );
    }
}

#[test]
fn absurd_and_foreign_strings_are_faults() {
    let tail = "$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    for phc in [
        format!("$argon2id$v=19$m=1048577,t=1,p=1{tail}"),
        format!("$argon2id$v=19$m=4294967295,t=1,p=1{tail}"),
        format!("$argon2id$v=19$m=256,t=65,p=1{tail}"),
        format!("$argon2id$v=19$m=1024,t=1,p=65{tail}"),
        format!("$argon2id$v=20$m=256,t=2,p=1{tail}"),
        format!("$scrypt$ln=15,r=8,p=1{tail}"),
        "$argon2id$v=19$m=256,t=2,p=1".into(),
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ".into(),
        "password".into(),
        String::new(),
    ] {
        assert!(hasher(32, 1).verify(&Secret::new("password"), &phc).is_err(), "{phc}");
    }
}

#[test]
fn absurd_settings_are_refused_by_name() {
    for (memory, passes, lanes) in [
        (7, 1, 1),
        (32, 0, 1),
        (32, 1, 0),
        (1_048_577, 1, 1),
        (32, 65, 1),
        (8192, 1, 65),
    ] {
        let error = PasswordHasher::new(memory, passes, lanes, 1).unwrap_err();
        assert_eq!(error.field, "passwords.argon2_memory", "{memory} {passes} {lanes}");
    }
    assert_eq!(
        PasswordHasher::new(32, 1, 1, 0).unwrap_err().field,
        "passwords.hash_permits"
    );
}

#[test]
fn unknown_users_never_match() {
    let check = hasher(32, 1).dummy_verify(&Secret::new("")).unwrap();
    assert_eq!(
        check,
        PasswordCheck {
            matches: false,
            needs_rehash: false
        }
    );
}
