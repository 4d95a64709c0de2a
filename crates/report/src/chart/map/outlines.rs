//! Outlines of countries and economies, in one projection of equal areas.
//!
//! The file is ours, derived from Natural Earth; its head tells how. Coordinates are whole, so that nothing is
//! projected or rounded here.
//!
//! **Invariant:** a code has one outline, and the list is in the order of codes.

use std::sync::LazyLock;

const WORLD: &str = include_str!("world.txt");

/// The outline of one country or economy.
pub(super) struct Outline {
    /// ISO 3166-1 alpha-2, or `XK`.
    pub(super) code: &'static str,
    /// Centre of its largest part.
    pub(super) centre: (i32, i32),
    /// Whether it is so small that it is drawn as a dot.
    pub(super) is_dot: bool,
    /// The outline as a path of SVG; may be empty for a dot.
    pub(super) path: &'static str,
}

/// All outlines, and the extent of the paper they lie on.
pub(super) struct World {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) outlines: Vec<Outline>,
}

static READ: LazyLock<World> = LazyLock::new(read);

/// The outlines.
pub(super) fn world() -> &'static World {
    &READ
}

fn read() -> World {
    let mut world = World { width: 1.0, height: 1.0, outlines: Vec::new() };
    for line in WORLD.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.splitn(5, ' ');
        let mut next = || words.next().unwrap_or_default();
        let (code, x, y, kind, path) = (next(), next(), next(), next(), next());
        let number = |text: &str| text.parse::<i32>().unwrap_or(0);
        if code == "size" {
            (world.width, world.height) = (f64::from(number(x)), f64::from(number(y)));
        } else {
            let centre = (number(x), number(y));
            world.outlines.push(Outline { code, centre, is_dot: kind == "dot", path });
        }
    }
    world
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outline_is_whole_and_lies_on_the_paper() {
        let world = world();
        assert!(world.width == 2000.0 && world.height > 800.0);
        for pair in world.outlines.windows(2) {
            assert!(pair[0].code < pair[1].code, "{} {}", pair[0].code, pair[1].code);
        }
        for outline in &world.outlines {
            let (x, y) = (f64::from(outline.centre.0), f64::from(outline.centre.1));
            assert!(outline.code.len() == 2 && (0.0..=world.width).contains(&x), "{}", outline.code);
            assert!((0.0..=world.height).contains(&y), "{} {y}", outline.code);
            assert!(outline.is_dot || outline.path.ends_with('z'), "{}", outline.code);
            let is_of_a_path = |byte: u8| b"Mlz -".contains(&byte) || byte.is_ascii_digit();
            assert!(outline.path.bytes().all(is_of_a_path), "{}", outline.path);
        }
    }

    #[test]
    fn small_economies_and_those_of_their_own_codes_are_there() {
        for (code, is_dot) in
            [("JP", false), ("TW", false), ("HK", true), ("MO", true), ("SG", true), ("XK", true)]
        {
            let found = world().outlines.iter().find(|outline| outline.code == code);
            assert_eq!(found.map(|outline| outline.is_dot), Some(is_dot), "{code}");
        }
    }

    #[test]
    fn the_file_is_small_and_names_its_source_and_licence() {
        assert!(WORLD.len() < 150_000, "{}", WORLD.len());
        assert!(WORLD.starts_with('#') && WORLD.contains("Natural Earth 4.1.0"));
        assert!(WORLD.contains("public domain"));
    }
}
