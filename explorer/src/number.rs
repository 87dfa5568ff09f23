//! Values that assertions compare, in one order.

/// A value whose order `i64` can hold: every integer (beyond 64 bits it saturates) and every float
/// (in its total order, exactly; what is not a number is below all of them).
///
/// ```
/// use bootfork_explorer::Number;
///
/// assert!((-0.5_f64).rank() < 0.25_f64.rank());
/// assert_eq!(u64::MAX.rank(), i64::MAX);
/// ```
pub trait Number: Copy {
    /// Whether it is a float.
    const IS_FLOAT: bool = false;

    /// Its place in the order.
    fn rank(self) -> i64;

    /// The value at a place in the order, or the nearest that there is.
    ///
    /// ```
    /// use bootfork_explorer::Number;
    /// assert_eq!(f64::at_rank((-2.5_f64).rank()), -2.5);
    /// ```
    fn at_rank(rank: i64) -> Self;

    /// Whether it compares with others: all do but what is not a number.
    fn is_ordered(self) -> bool {
        true
    }
}

macro_rules! integers {
    ($($integer:ty)*) => { $(
        impl Number for $integer {
            fn rank(self) -> i64 {
                // Only what is too great can fail, and what is too small, which is negative.
                #[allow(unused_comparisons)]
                i64::try_from(self).unwrap_or(if self < 0 { i64::MIN } else { i64::MAX })
            }

            fn at_rank(rank: i64) -> Self {
                Self::try_from(rank).unwrap_or(if rank < 0 { Self::MIN } else { Self::MAX })
            }
        }
    )* };
}
integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

impl Number for f64 {
    const IS_FLOAT: bool = true;

    fn rank(self) -> i64 {
        if self.is_nan() { i64::MIN } else { turn(self.to_bits().cast_signed()) }
    }

    fn at_rank(rank: i64) -> Self {
        Self::from_bits(turn(rank).cast_unsigned())
    }

    fn is_ordered(self) -> bool {
        !self.is_nan()
    }
}

impl Number for f32 {
    const IS_FLOAT: bool = true;

    fn rank(self) -> i64 {
        f64::from(self).rank()
    }

    #[allow(clippy::cast_possible_truncation)] // to the nearest
    fn at_rank(rank: i64) -> Self {
        f64::at_rank(rank) as Self
    }

    fn is_ordered(self) -> bool {
        !self.is_nan()
    }
}

/// Negative floats order backwards in their bits; those but the sign are turned round.
fn turn(bits: i64) -> i64 {
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}
