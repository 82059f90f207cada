//! Kinds of things that a world can hold, with the names that directors call them by and how they stand in the way.

/// A kind of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    Pine,
    Oak,
    Birch,
    Palm,
    DeadTree,
    Cactus,
    Bush,
    Reed,
    Flower,
    Mushroom,
    Crystal,
    Rock,
    Boulder,
    Spire,
    Stalk,
    House,
    Hut,
    Shed,
    Block,
    Tower,
    StreetLamp,
    Lantern,
    Fire,
    Column,
    Arch,
    Wall,
    Boat,
    Pier,
    Crate,
    Tent,
    Statue,
    Birds,
    Lighthouse,
    BellTower,
    Beacon,
    ClockTower,
    Obelisk,
}

/// The footprint that stops a walker, in the thing's own metres at scale 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Footprint {
    /// Nothing to bump into.
    None,
    /// A round one of this radius.
    Round(f32),
    /// A rectangle of these half sides, turned with the thing.
    Square(f32, f32),
}

impl Kind {
    /// Every kind, in order.
    pub const ALL: [Self; 37] = [
        Self::Pine,
        Self::Oak,
        Self::Birch,
        Self::Palm,
        Self::DeadTree,
        Self::Cactus,
        Self::Bush,
        Self::Reed,
        Self::Flower,
        Self::Mushroom,
        Self::Crystal,
        Self::Rock,
        Self::Boulder,
        Self::Spire,
        Self::Stalk,
        Self::House,
        Self::Hut,
        Self::Shed,
        Self::Block,
        Self::Tower,
        Self::StreetLamp,
        Self::Lantern,
        Self::Fire,
        Self::Column,
        Self::Arch,
        Self::Wall,
        Self::Boat,
        Self::Pier,
        Self::Crate,
        Self::Tent,
        Self::Statue,
        Self::Birds,
        Self::Lighthouse,
        Self::BellTower,
        Self::Beacon,
        Self::ClockTower,
        Self::Obelisk,
    ];

    /// Words that call for it, singular; the first is its name.
    #[must_use]
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Pine => &["pine", "fir", "conifer", "spruce", "christmas tree"],
            Self::Oak => &["tree", "oak", "maple"],
            Self::Birch => &["birch", "sapling"],
            Self::Palm => &["palm", "palm tree", "coconut tree"],
            Self::DeadTree => &["dead tree", "bare tree", "snag"],
            Self::Cactus => &["cactus", "saguaro"],
            Self::Bush => &["bush", "shrub", "hedge"],
            Self::Reed => &["reed", "grass", "cattail", "bamboo"],
            Self::Flower => &["flower", "rose", "tulip", "blossom"],
            Self::Mushroom => &["mushroom", "toadstool"],
            Self::Crystal => &["crystal", "gem", "shard", "ice crystal"],
            Self::Rock => &["rock", "stone", "pebble"],
            Self::Boulder => &["boulder", "big rock", "asteroid"],
            Self::Spire => &["spire", "pinnacle", "rock spire", "hoodoo"],
            Self::Stalk => &["stalk", "alien plant", "tentacle", "alien"],
            Self::House => &["house", "cottage", "home", "building", "cabin", "barn"],
            Self::Hut => &["hut", "igloo", "dome", "yurt"],
            Self::Shed => &["shed", "warehouse", "hangar"],
            Self::Block => &["skyscraper", "block", "high-rise", "office"],
            Self::Tower => &["tower", "castle", "watchtower"],
            Self::StreetLamp => &["street lamp", "lamp", "streetlight", "lamp post", "street light"],
            Self::Lantern => &["lantern", "light", "candle"],
            Self::Fire => &["fire", "campfire", "bonfire", "torch"],
            Self::Column => &["column", "pillar"],
            Self::Arch => &["arch", "gate", "portal"],
            Self::Wall => &["wall", "fence", "ruin"],
            Self::Boat => &["boat", "ship", "sailboat", "canoe"],
            Self::Pier => &["pier", "jetty", "dock"],
            Self::Crate => &["crate", "box", "barrel", "chest"],
            Self::Tent => &["tent", "camp"],
            Self::Statue => &["statue", "snowman", "person", "robot", "golem"],
            Self::Birds => &["bird", "bird flock", "flock", "gull", "seagull", "crow"],
            Self::Lighthouse => &["lighthouse"],
            Self::BellTower => &["bell tower", "church", "bell"],
            Self::Beacon => &["beacon"],
            Self::ClockTower => &["clock tower", "clock"],
            Self::Obelisk => &["obelisk", "monolith"],
        }
    }

    /// The kind that a word calls for, singular or plural, in any case.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        let word = word.trim().to_lowercase().replace('_', " ");
        // The word as it is before its singulars: "fires" are no firs.
        let forms = [Some(word.as_str()), word.strip_suffix('s'), word.strip_suffix("es")];
        let exact =
            forms.into_iter().flatten().find_map(|form| Self::ALL.into_iter().find(|kind| kind.names().contains(&form)));
        // "a tall red lighthouse": the last word that means something.
        exact.or_else(|| {
            let (_, last) = word.rsplit_once(' ')?;
            Self::named(last)
        })
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.names()[0]
    }

    /// What stops a walker.
    #[must_use]
    pub const fn footprint(self) -> Footprint {
        match self {
            Self::Pine | Self::Birch | Self::Palm | Self::DeadTree => Footprint::Round(0.35),
            Self::Oak => Footprint::Round(0.45),
            Self::Cactus | Self::Column | Self::Stalk | Self::Statue => Footprint::Round(0.5),
            Self::Mushroom => Footprint::Round(0.35),
            Self::Crystal => Footprint::Round(0.8),
            Self::Boulder => Footprint::Round(1.6),
            Self::Spire => Footprint::Round(3.0),
            Self::House => Footprint::Square(3.6, 2.8),
            Self::Hut => Footprint::Round(2.4),
            Self::Shed => Footprint::Square(6.2, 4.2),
            Self::Block => Footprint::Square(6.1, 6.1),
            Self::Tower => Footprint::Round(2.6),
            Self::StreetLamp => Footprint::Round(0.15),
            Self::Fire => Footprint::Round(0.6),
            Self::Wall => Footprint::Square(3.0, 0.5),
            Self::Boat => Footprint::Square(1.0, 2.4),
            Self::Crate => Footprint::Square(0.6, 0.6),
            Self::Tent => Footprint::Square(1.3, 1.5),
            Self::Lighthouse | Self::ClockTower => Footprint::Round(3.4),
            Self::BellTower => Footprint::Square(3.0, 3.0),
            Self::Beacon => Footprint::Round(3.0),
            Self::Obelisk => Footprint::Square(1.9, 1.9),
            Self::Bush | Self::Reed | Self::Flower | Self::Rock | Self::Lantern | Self::Arch | Self::Pier | Self::Birds => {
                Footprint::None
            }
        }
    }

    /// Whether it belongs on water.
    #[must_use]
    pub const fn floats(self) -> bool {
        matches!(self, Self::Boat)
    }

    /// The light that it gives by night: reach in metres, or 0.
    #[must_use]
    pub const fn light(self) -> f32 {
        match self {
            Self::Fire => 14.0,
            Self::StreetLamp => 13.0,
            Self::Lantern => 8.0,
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_each_of_its_names_and_their_plurals() {
        for (index, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
            for name in kind.names() {
                assert_eq!(Kind::named(name), Some(kind), "{name}");
                assert_eq!(Kind::named(&format!("{name}s")), Some(kind), "{name}s");
            }
        }
        assert_eq!(Kind::named("Big Red Houses"), Some(Kind::House));
        assert_eq!(Kind::named("regret"), None);
    }
}
