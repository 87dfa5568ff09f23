//! What the main job shows of itself while it runs.

use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::Duration;

use bootfork_store::Published;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::Kernel;
use super::report::grouped;

/// A line on the terminal that says what is going on, until it is dropped; nothing where there is
/// no terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new(what: &str) -> Self {
        let target = if Self::is_shown() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(ProgressStyle::default_spinner());
        // The line is drawn by a thread of its own.
        bar.enable_steady_tick(Duration::from_millis(100));
        bar.set_message(what.to_owned());
        Self(bar)
    }

    /// Whether there is anybody to see it.
    pub(crate) fn is_shown() -> bool {
        io::stderr().is_terminal()
    }

    pub(crate) fn say(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// Shows how far a kernel is, too: the thread that draws looks at what the kernel publishes.
    /// Where nothing is drawn, the kernel is left alone.
    pub(crate) fn watch(&mut self, kernel: &mut Kernel) {
        if !Self::is_shown() {
            return;
        }
        let published = kernel.publish();
        let look = move |_: &ProgressState, line: &mut dyn Write| {
            show(&published, line).expect("a line takes text");
        };
        let style = ProgressStyle::with_template("{spinner} {msg}: {kernel}");
        self.0.set_style(style.expect("a sound template").with_key("kernel", look));
    }

    /// Ends what [`watch`](Self::watch) began, and with the last observer the publishing.
    pub(crate) fn unwatch(&mut self) {
        self.0.set_style(ProgressStyle::default_spinner());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn show(published: &Arc<Published<Kernel>>, line: &mut dyn Write) -> std::fmt::Result {
    let kernel = published.latest();
    let [cranks, objects, queued] =
        [kernel.cranks(), kernel.objects(), kernel.queued()].map(grouped);
    write!(line, "{cranks} cranks, {objects} objects, {queued} waiting")
}

#[cfg(test)]
mod tests {
    use bootfork_ledger::LedgerConfig;

    use super::*;

    #[test]
    fn the_line_tells_the_kernel_as_it_is_now() {
        let mut published = None;
        let begin = |kernel: &mut Kernel| published = Some(kernel.publish());
        let mut kernel =
            bootfork_ledger::boot_with(&LedgerConfig::smallest(), begin).expect("it boots");
        let published = published.expect("the boot began");
        let line = || {
            let mut line = String::new();
            show(&published, &mut line).expect("a string takes it");
            line
        };
        let (cranks, objects) = (kernel.cranks(), kernel.objects());
        assert_eq!(line(), format!("{cranks} cranks, {objects} objects, 0 waiting"));
        let call = bootfork_kernel::Call::new("total").encode();
        kernel.queue_to_vat_root("issuer", call, None).expect("a static vat");
        assert_eq!(line(), format!("{cranks} cranks, {objects} objects, 1 waiting"));
    }
}
