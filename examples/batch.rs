//! A whole page of posts arrives: many actions, each through the whole chain, and the screen is drawn once.
//!
//! `cargo run --example batch`

use foregone::Store;
use foregone::im;
use foregone::middleware::BatchActions;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

#[derive(Debug)]
enum Action {
    Show(u32, &'static str),
    Hide(u32),
    All(Vec<Action>),
}

type Posts = im::OrdMap<u32, &'static str>;

fn reduce(posts: &Posts, action: Action) -> Posts {
    match action {
        Action::Show(id, title) => posts.update(id, title),
        Action::Hide(id) => posts.without(&id),
        Action::All(_) => posts.clone(), // never gets here: the middleware takes it apart
    }
}

fn main() {
    let batch = BatchActions::new(|action| match action {
        Action::All(actions) => Ok(actions),
        single => Err(single),
    });
    let store = Store::builder(Posts::new(), reduce)
        .middleware(batch)
        .middleware_fn(|_, action, next| {
            println!("{action:?}");
            next.run(action)
        })
        .build();
    let drawn = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&drawn);
    let _watching = store.subscribe(move |posts| {
        count.fetch_add(1, Ordering::Relaxed);
        println!("on the screen: {posts:?}");
    });
    store.dispatch(Action::Show(1, "welcome"));
    store.dispatch(Action::All(vec![Action::Hide(1), Action::Show(2, "tea"), Action::Show(3, "milk")]));
    assert_eq!(*store.state(), im::ordmap! { 2 => "tea", 3 => "milk" });
    assert_eq!(drawn.load(Ordering::Relaxed), 2, "once for the first, once for all the others");
}
