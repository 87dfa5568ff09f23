//! The invariants of the order index, each tested by its number.

use super::Link;
use super::edit::LONG_CHILDREN;
use crate::check::Violation;
use crate::node::Shape;
use crate::region::Region;

/// Tests O1 to O5, O7 and F1 on a subtree whose keys are to lie in `low..high`; the height of the
/// subtree.
pub(crate) fn check<S: Shape>(
    link: &Link,
    region: Option<&Region>,
    low: Option<&[u8]>,
    high: Option<&[u8]>,
) -> Result<usize, Violation> {
    let (keys, inner) = match link {
        Link::Leaf(keys) => (keys, None),
        Link::Inner(inner) => (&inner.info().separators, Some(inner)),
        Link::Run(run) => {
            Violation::unless(!run.is_empty(), "O7", || format!("{run:?}"))?;
            let whole = region.map(Region::run);
            let inside = whole.is_some_and(|all| all.low <= run.low && run.high <= all.high);
            Violation::unless(inside, "F1", || format!("{run:?} outside of {whole:?}"))?;
            let mut place = region.expect("just tested").first(*run);
            while let Some(entry) = place.entry() {
                let key = entry.key();
                let inside = low.is_none_or(|low| low <= key) && high.is_none_or(|high| key < high);
                Violation::unless(inside, "O4", || format!("{key:?} outside {low:?}..{high:?}"))?;
                place.advance(entry);
            }
            return Ok(0);
        }
    };
    let ascending = keys.iter().zip(keys.iter().skip(1)).all(|(left, right)| left < right);
    Violation::unless(ascending && keys.len() > 0, "O1", || "keys out of order, or none".into())?;
    let inside = low.is_none_or(|low| low <= keys.get(0))
        && high.is_none_or(|high| keys.get(keys.len() - 1) < high);
    Violation::unless(inside, "O4", || format!("keys outside {low:?}..{high:?}"))?;
    let Some(inner) = inner else {
        let fits =
            keys.len() <= S::ORDER_KEYS && (keys.len() <= 1 || keys.bytes() <= S::ORDER_BYTES);
        Violation::unless(fits, "O2", || format!("{} keys, {} bytes", keys.len(), keys.bytes()))?;
        return Ok(0);
    };
    let links = inner.items();
    let fits = links.len() == keys.len() + 1
        && links.len() <= S::ORDER_CHILDREN
        && (links.len() <= LONG_CHILDREN || keys.bytes() <= S::ORDER_BYTES);
    Violation::unless(fits, "O3", || format!("{} links, {} bytes", links.len(), keys.bytes()))?;
    let mut height = None;
    for (at, link) in links.iter().enumerate() {
        let low = if at == 0 { low } else { Some(keys.get(at - 1)) };
        let high = if at == keys.len() { high } else { Some(keys.get(at)) };
        let below = check::<S>(link, region, low, high)?;
        Violation::unless(*height.get_or_insert(below) == below, "O5", || {
            "leaves at different depths".into()
        })?;
    }
    Ok(height.unwrap_or(0) + 1)
}
