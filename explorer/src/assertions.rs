//! The assertion macros, named as those of `antithesis_sdk`.

/// Everything the macros expand to.
#[doc(hidden)]
pub mod expansion {
    pub use crate::journal::{assert, is_active};
    pub use linkme;

    use crate::number::Number;

    /// A level that is the higher, the less the value is; a second number says that it is a float.
    pub fn least<N: Number>(value: N) -> [i64; 2] {
        [!value.rank(), i64::from(N::IS_FLOAT)]
    }

    /// A level that is the higher, the greater the value is.
    pub fn greatest<N: Number>(value: N) -> [i64; 2] {
        [value.rank(), i64::from(N::IS_FLOAT)]
    }

    /// A level as it is entered, if the value that it is of compares with others.
    pub fn level<N: Number>(value: N, level: &[i64; 2]) -> Option<&[i64]> {
        value.is_ordered().then_some(if N::IS_FLOAT { level } else { &level[..1] })
    }
}

/// Registers a site and evaluates an assertion there.
#[doc(hidden)]
#[macro_export]
macro_rules! __assert {
    (
        $kind:ident $(.$watermark:ident())?,
        $message:expr, $keys:expr, $holds:expr, $level:expr $(, $details:expr)?
    ) => {{
        static SITE: $crate::Site =
            $crate::Site::new($crate::Kind::$kind, $message, module_path!(), file!(), line!())
                $(.$watermark())?;
        #[$crate::expansion::linkme::distributed_slice($crate::SITES)]
        #[linkme(crate = $crate::expansion::linkme)]
        static ENTRY: &$crate::Site = &SITE;
        let holds: bool = $holds;
        if $crate::expansion::is_active() {
            $crate::expansion::assert(&SITE, $keys, holds, $level, || {
                #[allow(unused_mut, unused_assignments)]
                let mut details = ::std::string::String::new();
                $( details = ::std::format!("{:?}", $details); )?
                details
            });
        }
    }};
}

/// The condition holds whenever it is evaluated, and is evaluated at least once. A timeline in
/// which it does not hold has a bug. Never panics.
///
/// ```
/// let balance = 10_i64;
/// bootfork_explorer::assert_always!(balance >= 0, "no overdraft", balance);
/// ```
#[macro_export]
macro_rules! assert_always {
    ($condition:expr, $message:expr $(, $details:expr)? $(,)?) => {
        $crate::__assert!(Always, $message, &[], $condition, None $(, $details)?)
    };
}

/// The condition holds whenever it is evaluated, if ever. Never panics.
///
/// ```
/// bootfork_explorer::assert_always_or_unreachable!(1 + 1 == 2, "arithmetic");
/// ```
#[macro_export]
macro_rules! assert_always_or_unreachable {
    ($condition:expr, $message:expr $(, $details:expr)? $(,)?) => {
        $crate::__assert!(AlwaysOrUnreachable, $message, &[], $condition, None $(, $details)?)
    };
}

/// The condition holds once at least in all timelines together. Its first time is a discovery,
/// from which the explorer forks.
///
/// ```
/// bootfork_explorer::assert_sometimes!(true, "the cache is full");
/// ```
#[macro_export]
macro_rules! assert_sometimes {
    ($condition:expr, $message:expr $(, $details:expr)? $(,)?) => {
        $crate::__assert!(Sometimes, $message, &[], $condition, None $(, $details)?)
    };
}

/// The line is reached once at least in all timelines together. The first time is a discovery.
///
/// ```
/// bootfork_explorer::assert_reachable!("a retry after a timeout");
/// ```
#[macro_export]
macro_rules! assert_reachable {
    ($message:expr $(, $details:expr)? $(,)?) => {
        $crate::__assert!(Reachable, $message, &[], true, None $(, $details)?)
    };
}

/// The line is never reached. A timeline that reaches it has a bug. Never panics.
///
/// ```
/// if 1 > 2 {
///     bootfork_explorer::assert_unreachable!("numbers are out of order");
/// }
/// ```
#[macro_export]
macro_rules! assert_unreachable {
    ($message:expr $(, $details:expr)? $(,)?) => {
        $crate::__assert!(Unreachable, $message, &[], false, None $(, $details)?)
    };
}

/// What the condition says last in a timeline that ends by itself is that it holds: work that
/// began comes to its end. A timeline cut short owes nothing.
///
/// ```
/// let waiting = 0;
/// bootfork_explorer::assert_eventually!(waiting == 0, "every request is answered");
/// ```
#[macro_export]
macro_rules! assert_eventually {
    ($condition:expr, $message:expr $(, $details:expr)? $(,)?) => {
        $crate::__assert!(Eventually, $message, &[], $condition, None $(, $details)?)
    };
}

/// A comparison, with the value nearest to its failure or its success kept: the least, or the
/// greatest.
#[doc(hidden)]
#[macro_export]
macro_rules! __compare {
    (
        $kind:ident.$watermark:ident(),
        $left:expr, $operator:tt, $right:expr, $message:expr $(, $details:expr)?
    ) => {{
        let (left, right) = ($left, $right);
        let level = $crate::expansion::$watermark(left);
        let level = $crate::expansion::level(left, &level);
        $crate::__assert!(
            $kind.$watermark(), $message, &[], left $operator right, level $(, $details)?
        )
    }};
}

/// `left > right` whenever it is evaluated; the least `left` seen is kept.
///
/// ```
/// bootfork_explorer::assert_always_greater_than!(3, 2, "more replicas than faults");
/// ```
#[macro_export]
macro_rules! assert_always_greater_than {
    ($left:expr, $right:expr, $message:expr $(, $details:expr)? $(,)?) => {
        $crate::__compare!(Always.least(), $left, >, $right, $message $(, $details)?)
    };
}

/// `left >= right` whenever it is evaluated; the least `left` seen is kept.
///
/// ```
/// bootfork_explorer::assert_always_greater_than_or_equal_to!(3, 3, "a quorum");
/// ```
#[macro_export]
macro_rules! assert_always_greater_than_or_equal_to {
    ($left:expr, $right:expr, $message:expr $(, $details:expr)? $(,)?) => {
        $crate::__compare!(Always.least(), $left, >=, $right, $message $(, $details)?)
    };
}

/// `left < right` whenever it is evaluated; the greatest `left` seen is kept.
///
/// ```
/// bootfork_explorer::assert_always_less_than!(0.5, 1.0, "load");
/// ```
#[macro_export]
macro_rules! assert_always_less_than {
    ($left:expr, $right:expr, $message:expr $(, $details:expr)? $(,)?) => {
        $crate::__compare!(Always.greatest(), $left, <, $right, $message $(, $details)?)
    };
}

/// `left <= right` whenever it is evaluated; the greatest `left` seen is kept.
///
/// ```
/// bootfork_explorer::assert_always_less_than_or_equal_to!(8, 8, "entries in a page");
/// ```
#[macro_export]
macro_rules! assert_always_less_than_or_equal_to {
    ($left:expr, $right:expr, $message:expr $(, $details:expr)? $(,)?) => {
        $crate::__compare!(Always.greatest(), $left, <=, $right, $message $(, $details)?)
    };
}

/// `left > right` once at least; each greater `left` than any before is a discovery, whether it
/// is greater than `right` or not.
///
/// ```
/// bootfork_explorer::assert_sometimes_greater_than!(7, 100, "a long queue");
/// ```
#[macro_export]
macro_rules! assert_sometimes_greater_than {
    ($left:expr, $right:expr, $message:expr $(, $details:expr)? $(,)?) => {
        $crate::__compare!(Sometimes.greatest(), $left, >, $right, $message $(, $details)?)
    };
}

/// `left >= right` once at least; each greater `left` than any before is a discovery.
///
/// ```
/// bootfork_explorer::assert_sometimes_greater_than_or_equal_to!(7, 7, "a week");
/// ```
#[macro_export]
macro_rules! assert_sometimes_greater_than_or_equal_to {
    ($left:expr, $right:expr, $message:expr $(, $details:expr)? $(,)?) => {
        $crate::__compare!(Sometimes.greatest(), $left, >=, $right, $message $(, $details)?)
    };
}

/// `left < right` once at least; each smaller `left` than any before is a discovery.
///
/// ```
/// bootfork_explorer::assert_sometimes_less_than!(2, 1, "memory nearly gone");
/// ```
#[macro_export]
macro_rules! assert_sometimes_less_than {
    ($left:expr, $right:expr, $message:expr $(, $details:expr)? $(,)?) => {
        $crate::__compare!(Sometimes.least(), $left, <, $right, $message $(, $details)?)
    };
}

/// `left <= right` once at least; each smaller `left` than any before is a discovery.
///
/// ```
/// bootfork_explorer::assert_sometimes_less_than_or_equal_to!(0, 0, "nothing left");
/// ```
#[macro_export]
macro_rules! assert_sometimes_less_than_or_equal_to {
    ($left:expr, $right:expr, $message:expr $(, $details:expr)? $(,)?) => {
        $crate::__compare!(Sometimes.least(), $left, <=, $right, $message $(, $details)?)
    };
}

/// At least one of the named conditions holds whenever they are evaluated.
///
/// ```
/// let (leader, election) = (true, false);
/// bootfork_explorer::assert_always_some!({ leader: leader, election: election }, "making way");
/// ```
#[macro_export]
macro_rules! assert_always_some {
    ({ $($name:ident: $condition:expr),+ $(,)? }, $message:expr $(, $details:expr)? $(,)?) => {{
        let holds = [$($condition),+].contains(&true);
        $crate::__assert!(Always, $message, &[], holds, None $(, $details)?)
    }};
}

/// All of the named conditions hold at once, once at least. Each time more of them hold together
/// than ever before is a discovery.
///
/// ```
/// bootfork_explorer::assert_sometimes_all!({ open: true, full: false }, "open and full");
/// ```
#[macro_export]
macro_rules! assert_sometimes_all {
    ({ $($name:ident: $condition:expr),+ $(,)? }, $message:expr $(, $details:expr)? $(,)?) => {{
        let conditions = [$($condition),+];
        let frontier = conditions.iter().map(|&holds| i64::from(holds)).sum::<i64>();
        let level = [frontier];
        let level = (frontier > 0).then_some(&level[..]);
        let holds = !conditions.contains(&false);
        $crate::__assert!(SometimesAll, $message, &[], holds, level $(, $details)?)
    }};
}

/// Tells buckets apart by the values of named keys. Reaching a bucket for the first time is a
/// discovery; with a quality (one value, or several of which the first counts most), so is each
/// better one in a bucket.
///
/// ```
/// let (floor, health) = (3, 5);
/// bootfork_explorer::assert_sometimes_each!("floor", [("floor", floor)]);
/// bootfork_explorer::assert_sometimes_each!("on the key", [("floor", floor)], quality = [health]);
/// ```
#[macro_export]
macro_rules! assert_sometimes_each {
    ($message:expr, [$(($name:expr, $key:expr)),* $(,)?] $(,)?) => {{
        let keys = [$($crate::Number::rank($key)),*];
        $crate::__assert!(SometimesEach, $message, &keys, true, None)
    }};
    (
        $message:expr,
        [$(($name:expr, $key:expr)),* $(,)?],
        quality = [$($quality:expr),+ $(,)?] $(,)?
    ) => {{
        let keys = [$($crate::Number::rank($key)),*];
        let quality = [$($crate::Number::rank($quality)),+];
        $crate::__assert!(SometimesEach, $message, &keys, true, Some(&quality))
    }};
}
