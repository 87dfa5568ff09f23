//! The example in the library's documentation.

use bootfork::{Boot, Json};

static PRIMES: Boot<Vec<u32>> =
    Boot::new("primes", || Ok((2..1_000).filter(|n| (2..*n).all(|d| n % d != 0)).collect()))
        .cached_as::<Json>(); // shared with other processes, and with the next run

#[bootfork::test(PRIMES)]
fn a_prime_less(primes: &mut Vec<u32>) {
    primes.pop();
    assert_eq!(primes.len(), 167);
}

#[bootfork::test(PRIMES)]
fn no_other_test_is_seen(primes: &mut Vec<u32>) {
    assert_eq!(primes.len(), 168);
}
