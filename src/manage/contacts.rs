//! Numbers and addresses that an administrator vouches for, as credentials: the claims `phone_number` and `email`, each with
//! its `…_verified` (OpenID Connect Core §5.1).
//!
//! Everything else deals with credentials alone; here is the one place that keeps them in step with the claims.

use serde_json::Value;

use crate::error::Result;
use crate::model::credential::{Credential, Material, Phone, Standing};
use crate::model::mail_address::is_mail_address;
use crate::model::message::LineType;
use crate::model::phone_number::PhoneNumber;
use crate::model::user::User;
use crate::store;
use crate::work::Work;

use super::users::end_grants_on;

/// Makes the credentials that codes are sent to those that the user's claims vouch for. One that the user had added before
/// stays the same credential; one that is vouched for no more is removed, with what rests on it.
pub(super) fn keep_in_step(work: &mut Work<'_>, user: &User) -> Result<()> {
    let stored = store::credentials::of_user(work.tx, user.id)?;
    let wanted = [vouched_number(user), vouched_address(user)];
    let is_vouched = |credential: &&Credential| credential.material.standing() == Some(Standing::Vouched);
    for gone in stored.iter().filter(is_vouched) {
        if !wanted
            .iter()
            .flatten()
            .any(|wanted| reaches_the_same(wanted, &gone.material))
        {
            store::credentials::delete(work.tx, gone.id)?;
            end_grants_on(work, user.id, gone.id)?;
        }
    }
    for material in wanted.into_iter().flatten() {
        let known = stored.iter().find(|known| reaches_the_same(&material, &known.material));
        match known {
            Some(known) => vouch(work, known, material)?,
            None => add(work, user, &stored, material)?,
        }
    }
    Ok(())
}

fn reaches_the_same(one: &Material, other: &Material) -> bool {
    match (one, other) {
        (Material::Phone(one), Material::Phone(other)) => one.number == other.number,
        (Material::Email { address: one, .. }, Material::Email { address: other, .. }) => one == other,
        _ => false,
    }
}

fn vouch(work: &mut Work<'_>, known: &Credential, wanted: Material) -> Result<()> {
    let material = match (&known.material, wanted) {
        // What a vendor said of the line stays, unless the record says otherwise.
        (Material::Phone(known), Material::Phone(wanted)) => Material::Phone(Phone {
            line_type: wanted.line_type.or(known.line_type),
            changed_at: known.changed_at,
            ..wanted
        }),
        (_, wanted) => wanted,
    };
    if known.confirmed_at.is_none() {
        store::credentials::confirm(work.tx, known.id, work.now)?;
    }
    if material == known.material {
        return Ok(());
    }
    let vouched = Credential {
        material,
        ..known.clone()
    };
    store::credentials::update_material(work.tx, &vouched)
}

fn add(work: &mut Work<'_>, user: &User, stored: &[Credential], mut material: Material) -> Result<()> {
    if let Material::Phone(phone) = &mut material {
        let had_another =
            |known: &Credential| known.confirmed_at.is_some() && matches!(known.material, Material::Phone(_));
        phone.changed_at = stored.iter().any(had_another).then_some(work.now);
    }
    let credential = Credential {
        confirmed_at: Some(work.now),
        ..Credential::begun(work.new_id(), user.id, material, work.now)
    };
    store::credentials::insert(work.tx, &credential)
}

fn text<'a>(user: &'a User, claim: &str) -> Option<&'a str> {
    user.claims.get(claim).and_then(Value::as_str)
}

fn is_verified(user: &User, claim: &str) -> bool {
    user.claims.get(claim) == Some(&Value::Bool(true))
}

/// The number on the record, if it is vouched for and can be called at all; with the line it is, where the record says so.
fn vouched_number(user: &User) -> Option<Material> {
    let number: PhoneNumber = text(user, "phone_number")?.parse().ok()?;
    let line_type = match text(user, "phone_number_line_type") {
        Some("mobile") => Some(LineType::Mobile),
        Some("landline") => Some(LineType::Landline),
        Some("voip") => Some(LineType::Voip),
        _ => None,
    };
    is_verified(user, "phone_number_verified").then_some(Material::Phone(Phone {
        number,
        line_type,
        standing: Standing::Vouched,
        changed_at: None,
    }))
}

fn vouched_address(user: &User) -> Option<Material> {
    let address = text(user, "email")?.trim();
    (is_mail_address(address) && is_verified(user, "email_verified")).then(|| Material::Email {
        address: address.to_owned(),
        standing: Standing::Vouched,
    })
}
