//! What the server says, in an answer, a push or a refresh: a value and its revision, and perhaps a verdict.

use super::intent::{Intent, Wire};
use super::{Answer, Lane, Mark, Op, Rest, Rules, Step, Verdict, Word, differ};

impl<V: Clone + PartialEq, W> Lane<V, W> {
    /// The request in flight was answered. `another`: a follow-up is called for. `fresh` is a number above all others,
    /// for the case that the server has seen higher ones than were ever given out here.
    pub(crate) fn replied(&mut self, rules: &Rules, answer: Answer<V>, another: bool, fresh: u64) -> Step<V, W> {
        let Wire::Sent { number, op, .. } = std::mem::replace(&mut self.wire, Wire::Idle) else {
            return Step::nothing();
        };
        let was_fence = op == Op::Fence;
        let by_number = rules.server.numbers();
        let came_back = matches!((&self.want, &op), (Some(Intent { op: Op::Set(wanted), .. }), Op::Set(sent)) if !differ(wanted, sent));
        let unneeded = !another && !was_fence && self.wants_since(number) && (by_number || (rules.saves && !came_back));
        if unneeded && let Some(want) = &mut self.want {
            want.op = Op::Fence;
        }
        let mark = match answer.word {
            Word::Conflict => return self.conflicted(rules, answer, number),
            Word::Mark(mark) => mark,
            Word::Accepted if was_fence => Mark::Fenced(number),
            Word::Accepted => Mark::Accepted(number),
        };
        let sent = if let Op::Set(value) = op { value } else { self.base.clone() };
        // Without revisions, what is told of an older number may be older than what is known.
        if mark.number() >= number || answer.revision > 0 {
            self.learn(answer.value.unwrap_or(sent), answer.revision);
        }
        if !by_number {
            return self.accepted(rules, number, came_back, another);
        }
        self.in_doubt |= mark.number() < number;
        let (resolved, why) = self.judged(rules, mark, fresh);
        let why = if unneeded { Rest::Agreed } else { why };
        if self.want.is_some() { self.follows_up(rules, resolved) } else { self.ends(resolved, why) }
    }

    /// By a plain server: what is wanted and what was sent are compared.
    fn accepted(&mut self, rules: &Rules, number: u64, came_back: bool, another: bool) -> Step<V, W> {
        self.tries = 0;
        let Some(want) = &mut self.want else {
            return self.ends(None, Rest::Agreed);
        };
        let is_newest = want.number == number;
        if want.op == Op::Fence && !is_newest {
            let (resolved, _) = self.fence_is_moot(rules, false);
            return self.ends(resolved, Rest::Agreed);
        }
        if another {
            let acknowledged = want.owed.take_if(|_| is_newest);
            return self.follows_up(rules, acknowledged.map(|w| (w, Verdict::Confirmed)));
        }
        let verdict = if is_newest || came_back { Verdict::Confirmed } else { Verdict::Cancelled };
        let waiter = want.owed.take();
        self.want = None;
        self.ends(waiter.map(|w| (w, verdict)), Rest::Agreed)
    }

    /// The server holds another revision than was sent along, so that no request which was sent before can take effect
    /// any more. A value is sent again, with the new revision.
    fn conflicted(&mut self, rules: &Rules, answer: Answer<V>, number: u64) -> Step<V, W> {
        if let Some(value) = answer.value {
            self.learn(value, answer.revision);
        }
        self.in_doubt = false;
        if !self.wants_since(number) {
            // Who moved the revision, nobody can tell: it may have been this very request, if it arrived twice.
            self.tries = self.tries.saturating_add(1);
        }
        let (resolved, why) = self.fence_is_moot(rules, false);
        if self.want.is_some() { self.follows_up(rules, resolved) } else { self.ends(resolved, why) }
    }

    /// What the server holds, and its revision. From one without revisions, answers come in order. Gives whether it is
    /// news.
    fn learn(&mut self, value: V, revision: u64) -> bool {
        let is_newer = revision == 0 || revision > self.revision;
        if is_newer {
            self.base = value;
            self.revision = self.revision.max(revision);
        }
        is_newer
    }

    /// A verdict on one of our numbers, and with that on all below it.
    fn judged(&mut self, rules: &Rules, mark: Mark, fresh: u64) -> (Option<(W, Verdict)>, Rest) {
        let was_sent = mark.number() <= self.top;
        if mark.number() >= self.top {
            self.in_doubt = false;
        }
        if let Wire::Sent { number, answered, .. } = &mut self.wire {
            *answered |= mark.number() >= *number;
        }
        if let Some(judged) = self.want.take_if(|want| was_sent && want.number == mark.number()) {
            self.tries = 0;
            self.kept = match (mark, &judged.op) {
                (Mark::Rejected(_), Op::Set(value)) if rules.keeps => Some(value.clone()),
                _ => None,
            };
            return match mark {
                Mark::Accepted(_) => (judged.owed.map(|w| (w, Verdict::Confirmed)), Rest::Agreed),
                Mark::Rejected(_) => (judged.told_no(Verdict::Rejected, true), Rest::Rejected),
                Mark::Fenced(_) => (judged.told_no(Verdict::Cancelled, rules.server.keeps_marks()), Rest::Cancelled),
            };
        }
        // The device has had a life of which nothing is remembered here, and its numbers went further.
        self.want.take_if(|want| want.restored && want.number <= mark.number());
        if let Some(want) = &mut self.want
            && want.number <= mark.number()
            && want.op != Op::Fence
        {
            want.renumbered |= want.number <= self.top;
            want.number = fresh;
        }
        self.fence_is_moot(rules, was_sent && rules.server.keeps_marks())
    }

    /// A fence that has nothing to keep off has done its work without being sent. `surely`: nor has anything that it is
    /// for taken effect before.
    pub(super) fn fence_is_moot(&mut self, rules: &Rules, surely: bool) -> (Option<(W, Verdict)>, Rest) {
        let is_answered = !self.in_doubt && !self.is_unanswered();
        let is_moot = self.is_saved(rules) && (is_answered || !rules.server.fences(self.revision));
        let Some(fence) = self.want.take_if(|want| is_moot && want.op == Op::Fence) else {
            return (None, Rest::Agreed);
        };
        self.kept = None;
        let never = fence.number > self.top;
        (fence.told_no(Verdict::Cancelled, surely || never), Rest::Cancelled)
    }

    /// The server pushed a value, and may have said what it made of one of our numbers. Gives whether it is news.
    pub(crate) fn heard(
        &mut self,
        rules: &Rules,
        (value, revision): (V, u64),
        ours: Option<Mark>,
        fresh: u64,
    ) -> (bool, Step<V, W>) {
        let is_newer = self.learn(value, revision);
        if is_newer {
            self.kept = None;
            // What was sent with an older revision is not taken any more.
            self.in_doubt &= rules.server.keeps_marks();
        }
        let (resolved, why) = match ours {
            Some(mark) => self.judged(rules, mark, fresh),
            None => self.fence_is_moot(rules, rules.server.keeps_marks()),
        };
        (is_newer, self.ends(resolved, why))
    }

    /// The server was asked, and holds `value`. Counts on a key at rest only: else it may be older than what is sent.
    pub(crate) fn pulled(&mut self, value: V) {
        if self.at_rest() {
            self.base = value;
            self.kept = None;
        }
    }
}
