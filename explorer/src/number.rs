//! Values that assertions compare, in one order.

/// A value whose order `i64` can hold: every integer (beyond 64 bits it saturates) and every float
/// (in its total order, exactly).
///
/// ```
/// use bootfork_explorer::Number;
///
/// assert!((-0.5_f64).rank() < 0.25_f64.rank());
/// assert_eq!(u64::MAX.rank(), i64::MAX);
/// ```
pub trait Number: Copy {
    /// Its place in the order.
    fn rank(self) -> i64;
}

macro_rules! integers {
    ($($integer:ty)*) => { $(
        impl Number for $integer {
            fn rank(self) -> i64 {
                // Only what is too great can fail, and what is too small, which is negative.
                #[allow(unused_comparisons)]
                i64::try_from(self).unwrap_or(if self < 0 { i64::MIN } else { i64::MAX })
            }
        }
    )* };
}
integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

impl Number for f64 {
    fn rank(self) -> i64 {
        let bits = self.to_bits().cast_signed();
        // Negative floats order backwards in their bits; those but the sign are turned round.
        bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
    }
}

impl Number for f32 {
    fn rank(self) -> i64 {
        f64::from(self).rank()
    }
}
