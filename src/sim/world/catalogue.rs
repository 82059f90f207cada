//! The known themes. Each is told apart at a glance by at least three of: shape of the land, palette, sky, what grows, hour.

use super::kind::Kind::{
    Arch, BellTower, Birch, Block, Boat, Boulder, Bush, Cactus, ClockTower, Column, Crate, Crystal, DeadTree, Flower, House,
    Hut, Lighthouse, Mushroom, Oak, Obelisk, Palm, Pier, Pine, Reed, Rock, Shed, Spire, Stalk, StreetLamp, Tower, Wall,
};
use super::kind::Kind::{Beacon, Lantern};
use super::terrain::Shape;
use super::theme::{Ground, Scatter, SkyColors, Theme, WaterLook};
use crate::sim::sound::{AmbienceKind, Surface, WaterKind};
use crate::wire::Weather;

const fn shape(lift: f32, swell: f32, hills: f32, ridges: f32) -> Shape {
    Shape { lift, swell, hills, ridges, dunes: 0.0, terraces: 0.0, cone: 0.0, worn: 0.6, rough: 1.2 }
}

const SKY: SkyColors = SkyColors {
    zenith: 0x3f7fd0,
    horizon: 0xbcdcf0,
    dusk_zenith: 0x39427f,
    dusk_glow: 0xf59a57,
    night_zenith: 0x0a1230,
    night_horizon: 0x1e2c52,
    sun: 0xfff1d8,
    clouds: 0.42,
};

const SEA: WaterLook =
    WaterLook { shallow: 0x3fb0a8, deep: 0x125a86, glow: 0.0, waves: 1.0, clear: 3.5, kind: WaterKind::Sea };
const LAKE: WaterLook =
    WaterLook { shallow: 0x4c8f88, deep: 0x1d4f6b, glow: 0.0, waves: 0.35, clear: 2.6, kind: WaterKind::Lake };

const GROUND: Ground = Ground {
    bed: 0x8d8463,
    shore: 0xd9c68f,
    shore_to: 2.2,
    plain: [0x6fa04a, 0x8db455],
    rock: 0x82796c,
    cap: 0x9a9488,
    cap_from: 90.0,
    strata: 0.15,
};

/// The theme of a name; meadow for a name that is not among [`NAMES`](super::vocabulary::NAMES).
#[must_use]
pub fn theme(name: &str) -> Theme {
    match name {
        "coast" => Theme { name: "coast", ..coast() },
        "harbour" => harbour(),
        "island" => island(),
        "desert" => desert(),
        "snow" => snow(),
        "forest" => forest(),
        "canyon" => canyon(),
        "city" => city(),
        "volcano" => volcano(),
        "swamp" => swamp(),
        "alien" => alien(),
        "ruins" => ruins(),
        "jungle" => jungle(),
        "autumn" => autumn(),
        "blossom" => blossom(),
        _ => meadow(),
    }
}

fn coast() -> Theme {
    Theme {
        name: "coast",
        shape: Shape { rough: 1.0, ..shape(5.0, 30.0, 11.0, 34.0) },
        ground: Ground { plain: [0x7aa653, 0x9bbb62], rock: 0x8b8378, shore: 0xe6d29b, shore_to: 3.0, ..GROUND },
        sky: SKY,
        water: SEA,
        haze: 780.0,
        weather: (Weather::Clear, 0.5),
        hour: 16.6,
        scatter: vec![
            Scatter::new(Pine, 36.0, 0.85).between(5.0, 90.0),
            Scatter::new(Bush, 40.0, 0.6).between(2.5, 80.0),
            Scatter::new(House, 3.0, 0.9).between(4.0, 40.0).slope(0.22),
            Scatter::new(Rock, 18.0, 0.4).between(-1.5, 60.0).slope(1.2),
            Scatter::new(Boulder, 5.0, 0.6).between(-2.0, 30.0).slope(1.2),
        ],
        tufts: (0x8fae57, 5),
        landmark: Lighthouse,
        leaf: [0x3f7a45, 0x5d944d],
        wood: 0x6e5138,
        accent: [0xc8523f, 0xf0ece2],
        lamp: 0xffdf9a,
        ambience: AmbienceKind::Coast,
        surface: Surface::Grass,
        space: 0.0,
        snow: 0.0,
        motes: (0xffffff, 0.0),
    }
}

fn harbour() -> Theme {
    Theme {
        name: "harbour",
        shape: Shape { rough: 0.5, ..shape(3.0, 20.0, 7.0, 26.0) },
        ground: Ground { plain: [0x97948a, 0xa9a491], shore: 0x8f8b80, shore_to: 1.2, rock: 0x77736a, ..GROUND },
        sky: SkyColors { zenith: 0x5f88b8, horizon: 0xe6d8c4, dusk_glow: 0xf7b07a, clouds: 0.5, ..SKY },
        water: WaterLook { shallow: 0x4d8a86, deep: 0x1d4c5c, waves: 0.45, clear: 1.8, ..SEA },
        haze: 520.0,
        weather: (Weather::Clear, 0.3),
        hour: 7.3,
        scatter: vec![
            Scatter::new(Shed, 8.0, 0.35).between(1.2, 14.0).slope(0.2),
            Scatter::new(House, 14.0, 0.4).between(1.8, 30.0).slope(0.3),
            Scatter::new(Crate, 26.0, 0.7).between(0.6, 9.0).slope(0.3),
            Scatter::new(StreetLamp, 12.0, 0.2).between(0.8, 14.0).slope(0.3),
            Scatter::new(Boat, 7.0, 0.3).between(-7.0, -1.2).slope(0.6),
            Scatter::new(Pier, 4.0, 0.2).between(-1.6, -0.3).slope(0.6),
        ],
        tufts: (0x8a9a60, 1),
        landmark: Lighthouse,
        leaf: [0x5a7f4c, 0x6f9055],
        wood: 0x7b6248,
        accent: [0xb4493a, 0x4a7390],
        lamp: 0xffd890,
        surface: Surface::Stone,
        ..coast()
    }
}

fn island() -> Theme {
    Theme {
        name: "island",
        shape: Shape { rough: 0.6, ..shape(1.5, 26.0, 9.0, 60.0) },
        ground: Ground {
            bed: 0xd8cfa0,
            shore: 0xf5e6bd,
            shore_to: 3.6,
            plain: [0x5fae4b, 0x84c25a],
            rock: 0x7c7568,
            ..GROUND
        },
        sky: SkyColors { zenith: 0x1f7fe0, horizon: 0xc9eff5, clouds: 0.38, ..SKY },
        water: WaterLook { shallow: 0x4fe0cc, deep: 0x0a6fa8, waves: 0.6, clear: 6.5, ..SEA },
        haze: 950.0,
        hour: 11.0,
        scatter: vec![
            Scatter::new(Palm, 70.0, 0.7).between(1.2, 26.0),
            Scatter::new(Bush, 70.0, 0.6).between(2.6, 60.0),
            Scatter::new(Hut, 4.0, 0.8).between(1.6, 12.0).slope(0.25),
            Scatter::new(Flower, 90.0, 0.7).between(2.5, 30.0),
            Scatter::new(Boat, 2.0, 0.2).between(-6.0, -1.0),
            Scatter::new(Rock, 9.0, 0.5).between(-2.0, 40.0).slope(1.0),
        ],
        tufts: (0x79bb4c, 5),
        leaf: [0x3f9a3c, 0x66b04a],
        wood: 0x8f7048,
        accent: [0xf2688c, 0xffd35c],
        surface: Surface::Sand,
        ..coast()
    }
}

fn desert() -> Theme {
    Theme {
        name: "desert",
        shape: Shape { dunes: 13.0, worn: 0.1, rough: 0.25, ..shape(24.0, 16.0, 7.0, 22.0) },
        ground: Ground {
            bed: 0xc9a56b,
            shore: 0x9fae5e,
            shore_to: 2.4,
            plain: [0xe3b673, 0xedc98a],
            rock: 0xcf9a5c,
            cap: 0xe9c48a,
            cap_from: 130.0,
            strata: 0.1,
        },
        sky: SkyColors { zenith: 0x4c8fce, horizon: 0xf6e0b8, dusk_glow: 0xff8a4a, sun: 0xffecc2, clouds: 0.16, ..SKY },
        water: WaterLook { shallow: 0x63b59c, deep: 0x2b7686, ..LAKE },
        haze: 640.0,
        weather: (Weather::Clear, 0.4),
        hour: 17.0,
        scatter: vec![
            Scatter::new(Cactus, 12.0, 0.6),
            Scatter::new(Rock, 8.0, 0.7),
            Scatter::new(Spire, 0.5, 0.5),
            Scatter::new(Bush, 9.0, 0.7),
            Scatter::new(Palm, 130.0, 0.2).between(0.4, 4.0),
            Scatter::new(DeadTree, 1.2, 0.3),
        ],
        tufts: (0xb99a58, 1),
        landmark: Obelisk,
        leaf: [0x5f8a4a, 0x93985a],
        wood: 0x8a6a48,
        accent: [0xd86a4a, 0xf0d08a],
        lamp: 0xffc870,
        ambience: AmbienceKind::Desert,
        surface: Surface::Sand,
        ..meadow()
    }
}

fn snow() -> Theme {
    Theme {
        name: "snow",
        shape: Shape { worn: 0.9, ..shape(16.0, 34.0, 13.0, 130.0) },
        ground: Ground {
            bed: 0x5c7486,
            shore: 0xd6e4ee,
            shore_to: 1.5,
            plain: [0xe9f1f8, 0xdce8f3],
            rock: 0x6f7888,
            cap: 0xffffff,
            cap_from: 60.0,
            strata: 0.1,
        },
        sky: SkyColors { zenith: 0x5f96cf, horizon: 0xdbe8f2, dusk_glow: 0xf3a795, sun: 0xfff2e2, clouds: 0.4, ..SKY },
        water: WaterLook { shallow: 0x9fc6d6, deep: 0x3d7590, waves: 0.12, clear: 2.0, ..LAKE },
        haze: 620.0,
        weather: (Weather::Snow, 0.22),
        hour: 10.0,
        scatter: vec![
            Scatter::new(Pine, 95.0, 0.8).between(1.5, 75.0),
            Scatter::new(Rock, 12.0, 0.6).slope(1.0),
            Scatter::new(House, 2.2, 0.9).slope(0.25),
            Scatter::new(DeadTree, 4.0, 0.5),
        ],
        tufts: (0xffffff, 0),
        landmark: BellTower,
        leaf: [0x38614f, 0x4d7560],
        wood: 0x5f4a3a,
        accent: [0x9a4436, 0xf5f7fa],
        ambience: AmbienceKind::Tundra,
        surface: Surface::Snow,
        snow: 0.85,
        ..meadow()
    }
}

fn forest() -> Theme {
    Theme {
        name: "forest",
        shape: shape(14.0, 20.0, 13.0, 40.0),
        ground: Ground { plain: [0x4f7a3a, 0x67893f], rock: 0x6a655a, shore: 0x8c8058, shore_to: 1.0, ..GROUND },
        sky: SkyColors { zenith: 0x5b95c9, horizon: 0xd5e6dc, clouds: 0.35, ..SKY },
        water: LAKE,
        haze: 300.0,
        hour: 9.0,
        scatter: vec![
            Scatter::new(Pine, 190.0, 0.45),
            Scatter::new(Oak, 60.0, 0.6),
            Scatter::new(Bush, 90.0, 0.5),
            Scatter::new(Mushroom, 30.0, 0.8),
            Scatter::new(Rock, 14.0, 0.5).slope(1.0),
            Scatter::new(Flower, 40.0, 0.8),
        ],
        tufts: (0x5d8a3c, 7),
        landmark: BellTower,
        leaf: [0x2f6238, 0x4f8a3f],
        wood: 0x5a4230,
        accent: [0xc94a3a, 0xf4ead8],
        ambience: AmbienceKind::Forest,
        motes: (0xfff3b0, 0.3),
        ..meadow()
    }
}

fn autumn() -> Theme {
    Theme {
        name: "autumn",
        ground: Ground { plain: [0x9a8a42, 0xb5913f], rock: 0x756a5c, shore: 0xa08a58, ..GROUND },
        sky: SkyColors { zenith: 0x6f9cc6, horizon: 0xf3e2c6, sun: 0xffe6b8, clouds: 0.4, ..SKY },
        haze: 420.0,
        hour: 16.4,
        scatter: vec![
            Scatter::new(Oak, 120.0, 0.5),
            Scatter::new(Birch, 60.0, 0.6),
            Scatter::new(Bush, 50.0, 0.5),
            Scatter::new(Rock, 8.0, 0.5),
            Scatter::new(House, 2.0, 0.9).slope(0.2),
        ],
        tufts: (0xc09a45, 6),
        leaf: [0xc9622c, 0xe0a03a],
        wood: 0x5e4633,
        accent: [0xb5402e, 0xf0d9a8],
        motes: (0xe08a3a, 0.5),
        ..forest()
    }
}

fn blossom() -> Theme {
    Theme {
        name: "blossom",
        shape: shape(10.0, 18.0, 12.0, 46.0),
        ground: Ground { plain: [0x7db25a, 0x9cc46c], shore: 0xcfc193, ..GROUND },
        sky: SkyColors { zenith: 0x72aee2, horizon: 0xf6dfe6, dusk_glow: 0xff9fa8, clouds: 0.35, ..SKY },
        water: LAKE,
        haze: 520.0,
        hour: 8.4,
        scatter: vec![
            Scatter::new(Oak, 75.0, 0.7),
            Scatter::new(Birch, 25.0, 0.7),
            Scatter::new(Arch, 1.2, 0.3).slope(0.3),
            Scatter::new(Lantern, 9.0, 0.5).slope(0.4),
            Scatter::new(Flower, 160.0, 0.6),
            Scatter::new(Rock, 9.0, 0.6),
            Scatter::new(House, 1.6, 0.9).slope(0.2),
        ],
        tufts: (0x84b85c, 7),
        leaf: [0xf0a6bd, 0xf8cdd9],
        wood: 0x5a4238,
        accent: [0xc7382c, 0xfff0f3],
        motes: (0xf9c4d4, 0.7),
        ..meadow()
    }
}

fn canyon() -> Theme {
    Theme {
        name: "canyon",
        shape: Shape { terraces: 0.95, worn: 0.35, rough: 0.7, ..shape(30.0, 58.0, 26.0, 30.0) },
        ground: Ground {
            bed: 0x9a6a48,
            shore: 0x8c9a58,
            shore_to: 2.0,
            plain: [0xc9804c, 0xd99a62],
            rock: 0xb4532f,
            cap: 0xd08a58,
            cap_from: 80.0,
            strata: 0.9,
        },
        sky: SkyColors { zenith: 0x2f78c4, horizon: 0xe9d9c6, dusk_glow: 0xff7a3f, sun: 0xffe2b4, clouds: 0.3, ..SKY },
        water: WaterLook { shallow: 0x6f9a78, deep: 0x3a6f66, waves: 0.3, clear: 1.4, kind: WaterKind::River, ..LAKE },
        haze: 820.0,
        hour: 7.6,
        scatter: vec![
            Scatter::new(Spire, 1.6, 0.6),
            Scatter::new(Bush, 26.0, 0.6),
            Scatter::new(Boulder, 5.0, 0.6).slope(1.0),
            Scatter::new(Rock, 22.0, 0.5).slope(1.0),
            Scatter::new(Cactus, 5.0, 0.6),
            Scatter::new(DeadTree, 2.0, 0.4),
        ],
        tufts: (0xb59a5c, 2),
        landmark: Beacon,
        leaf: [0x7d8a4a, 0x9a9a5c],
        wood: 0xa0512f,
        accent: [0xd9603a, 0xf2c98a],
        lamp: 0xffb860,
        ambience: AmbienceKind::Desert,
        surface: Surface::Stone,
        space: 0.4,
        ..meadow()
    }
}

fn city() -> Theme {
    Theme {
        name: "city",
        shape: Shape { worn: 0.0, rough: 0.0, ..shape(3.2, 5.0, 2.2, 6.0) },
        ground: Ground {
            bed: 0x2b2f38,
            shore: 0x4a4d58,
            shore_to: 0.8,
            plain: [0x5c606e, 0x6a6e7c],
            rock: 0x3c3e48,
            cap: 0x555866,
            cap_from: 60.0,
            strata: 0.0,
        },
        sky: SkyColors {
            night_zenith: 0x10143a,
            night_horizon: 0x5c3a7c,
            dusk_glow: 0xf77f6a,
            dusk_zenith: 0x2f2a66,
            horizon: 0xc4cbd8,
            zenith: 0x6f93bd,
            clouds: 0.4,
            ..SKY
        },
        water: WaterLook { shallow: 0x27485c, deep: 0x101d33, waves: 0.25, clear: 1.2, ..LAKE },
        haze: 420.0,
        weather: (Weather::Clear, 0.4),
        hour: 21.5,
        scatter: vec![
            Scatter::new(Block, 16.0, 0.15).between(0.8, 60.0).slope(0.4),
            Scatter::new(StreetLamp, 22.0, 0.0).between(0.6, 60.0).slope(0.5),
            Scatter::new(Oak, 12.0, 0.4).slope(0.4),
            Scatter::new(Crate, 4.0, 0.6).slope(0.4),
        ],
        tufts: (0x556650, 0),
        landmark: ClockTower,
        leaf: [0x2f5a48, 0x3f6f50],
        wood: 0x747a92,
        accent: [0xff3fa0, 0x35d6ff],
        lamp: 0xffcf85,
        ambience: AmbienceKind::City,
        surface: Surface::Stone,
        space: 0.4,
        ..meadow()
    }
}

fn volcano() -> Theme {
    Theme {
        name: "volcano",
        shape: Shape { cone: 210.0, worn: 0.5, rough: 1.6, ..shape(2.5, 15.0, 9.0, 24.0) },
        ground: Ground {
            bed: 0x55180c,
            shore: 0x5a332a,
            shore_to: 1.2,
            plain: [0x4f4742, 0x635650],
            rock: 0x403837,
            cap: 0x4e3a34,
            cap_from: 90.0,
            strata: 0.3,
        },
        sky: SkyColors {
            zenith: 0x5a4248,
            horizon: 0xd08458,
            dusk_zenith: 0x35202c,
            dusk_glow: 0xff6a2a,
            night_zenith: 0x12090f,
            night_horizon: 0x5a2018,
            sun: 0xffc890,
            clouds: 0.62,
        },
        water: WaterLook { shallow: 0xffa528, deep: 0xd83a0c, glow: 1.0, waves: 0.15, clear: 0.4, kind: WaterKind::River },
        haze: 430.0,
        weather: (Weather::Cloudy, 0.6),
        hour: 16.9,
        scatter: vec![
            Scatter::new(DeadTree, 16.0, 0.7).between(1.5, 50.0),
            Scatter::new(Boulder, 8.0, 0.5).slope(1.2),
            Scatter::new(Rock, 34.0, 0.4).slope(1.2),
            Scatter::new(Spire, 1.6, 0.7),
            Scatter::new(Crystal, 2.0, 0.8),
        ],
        tufts: (0x5a4a3c, 1),
        landmark: Beacon,
        leaf: [0x4a4038, 0x5a4a3a],
        wood: 0x2c2420,
        accent: [0xff6a22, 0xffc24a],
        lamp: 0xff9a40,
        ambience: AmbienceKind::Cave,
        surface: Surface::Stone,
        space: 0.2,
        motes: (0xff8a30, 0.8),
        ..meadow()
    }
}

fn swamp() -> Theme {
    Theme {
        name: "swamp",
        shape: Shape { worn: 0.2, rough: 0.9, ..shape(0.5, 5.0, 3.6, 8.0) },
        ground: Ground {
            bed: 0x3c3f28,
            shore: 0x54582f,
            shore_to: 0.8,
            plain: [0x52663a, 0x68743c],
            rock: 0x55523f,
            cap: 0x6c7048,
            cap_from: 40.0,
            strata: 0.0,
        },
        sky: SkyColors {
            zenith: 0x72907f,
            horizon: 0xc2c99a,
            dusk_glow: 0xd9a052,
            dusk_zenith: 0x3e4a4a,
            night_zenith: 0x0c1a1a,
            night_horizon: 0x243a34,
            sun: 0xf4efbf,
            clouds: 0.6,
        },
        water: WaterLook { shallow: 0x5b6a34, deep: 0x27402c, waves: 0.08, clear: 0.7, ..LAKE },
        haze: 170.0,
        weather: (Weather::Fog, 0.2),
        hour: 7.3,
        scatter: vec![
            Scatter::new(DeadTree, 60.0, 0.5).between(-1.2, 20.0),
            Scatter::new(Oak, 26.0, 0.6).between(0.4, 30.0),
            Scatter::new(Reed, 330.0, 0.6).between(-0.7, 0.8),
            Scatter::new(Bush, 70.0, 0.5).between(0.3, 30.0),
            Scatter::new(Mushroom, 40.0, 0.7).between(0.3, 30.0),
            Scatter::new(Hut, 1.2, 0.8).between(0.5, 8.0).slope(0.25),
        ],
        tufts: (0x6f7c3c, 7),
        landmark: Tower,
        leaf: [0x48602f, 0x5f7038],
        wood: 0x46402f,
        accent: [0x9a7fc0, 0xd7d48a],
        lamp: 0xc8ff9a,
        ambience: AmbienceKind::Jungle,
        surface: Surface::Grass,
        motes: (0xd8ff8a, 0.5),
        ..meadow()
    }
}

fn alien() -> Theme {
    Theme {
        name: "alien",
        shape: Shape { worn: 0.3, rough: 1.4, terraces: 0.25, ..shape(7.0, 24.0, 17.0, 70.0) },
        ground: Ground {
            bed: 0x2a1f4a,
            shore: 0x7a4fa0,
            shore_to: 1.6,
            plain: [0x8a58b4, 0x6a64c4],
            rock: 0x3c2f63,
            cap: 0xc77fd8,
            cap_from: 60.0,
            strata: 0.4,
        },
        sky: SkyColors {
            zenith: 0x2a1f66,
            horizon: 0x5fd0b8,
            dusk_zenith: 0x2c1650,
            dusk_glow: 0xff6fc0,
            night_zenith: 0x0d0828,
            night_horizon: 0x1f4a66,
            sun: 0xd8fff0,
            clouds: 0.3,
        },
        water: WaterLook { shallow: 0x4affd8, deep: 0x2a3fb0, glow: 0.22, waves: 0.4, clear: 2.5, ..LAKE },
        haze: 560.0,
        hour: 13.5,
        scatter: vec![
            Scatter::new(Stalk, 60.0, 0.6),
            Scatter::new(Mushroom, 45.0, 0.7),
            Scatter::new(Crystal, 12.0, 0.7).slope(1.0),
            Scatter::new(Boulder, 5.0, 0.4),
            Scatter::new(Spire, 1.6, 0.5).slope(1.0),
            Scatter::new(Arch, 0.4, 0.2),
        ],
        tufts: (0x58d8c0, 6),
        landmark: Obelisk,
        leaf: [0x2fc4b0, 0xb04fd0],
        wood: 0x38306a,
        accent: [0xff5fb4, 0x7affd0],
        lamp: 0x8affe0,
        ambience: AmbienceKind::Alien,
        surface: Surface::Stone,
        motes: (0x8affe0, 0.6),
        ..meadow()
    }
}

fn ruins() -> Theme {
    Theme {
        name: "ruins",
        shape: shape(12.0, 20.0, 11.0, 36.0),
        ground: Ground { plain: [0xa6a05c, 0xb9ac68], rock: 0xbdb29a, shore: 0xd8c89a, cap: 0xc9c0a8, ..GROUND },
        sky: SkyColors { zenith: 0x4f8fd0, horizon: 0xf0e4cc, dusk_glow: 0xffa05a, sun: 0xfff0c8, clouds: 0.28, ..SKY },
        water: LAKE,
        haze: 700.0,
        hour: 17.4,
        scatter: vec![
            Scatter::new(Column, 42.0, 0.8).slope(0.4),
            Scatter::new(Wall, 13.0, 0.6).slope(0.35),
            Scatter::new(Arch, 3.0, 0.5).slope(0.35),
            Scatter::new(Birch, 18.0, 0.6),
            Scatter::new(Bush, 40.0, 0.5),
            Scatter::new(Boulder, 4.0, 0.5),
            Scatter::new(Rock, 26.0, 0.5),
        ],
        tufts: (0xb0a658, 6),
        landmark: BellTower,
        leaf: [0x6a8048, 0x86934f],
        wood: 0xd9cfb6,
        accent: [0xc98a5a, 0xece2c8],
        surface: Surface::Stone,
        ..meadow()
    }
}

fn jungle() -> Theme {
    Theme {
        name: "jungle",
        shape: shape(8.0, 18.0, 14.0, 50.0),
        ground: Ground { plain: [0x3f6f2f, 0x55852f], rock: 0x565644, shore: 0x7a6a42, ..GROUND },
        sky: SkyColors { zenith: 0x4f9fc8, horizon: 0xdcecc8, clouds: 0.5, ..SKY },
        water: WaterLook { shallow: 0x5c8f5a, deep: 0x1f5a4c, kind: WaterKind::River, ..LAKE },
        haze: 190.0,
        hour: 10.5,
        scatter: vec![
            Scatter::new(Palm, 120.0, 0.4),
            Scatter::new(Oak, 90.0, 0.4),
            Scatter::new(Bush, 200.0, 0.3),
            Scatter::new(Flower, 120.0, 0.7),
            Scatter::new(Reed, 120.0, 0.7),
            Scatter::new(Wall, 1.5, 0.8),
            Scatter::new(Boulder, 4.0, 0.5),
        ],
        tufts: (0x4f9a35, 8),
        landmark: Obelisk,
        leaf: [0x2a7a2f, 0x4f9a35],
        wood: 0x5f4a34,
        accent: [0xff5a3c, 0xffd23c],
        ambience: AmbienceKind::Jungle,
        motes: (0xf4ffa8, 0.3),
        ..meadow()
    }
}

fn meadow() -> Theme {
    Theme {
        name: "meadow",
        shape: shape(9.0, 18.0, 12.0, 55.0),
        ground: Ground { plain: [0x79b04a, 0x9cc45c], ..GROUND },
        sky: SkyColors { clouds: 0.45, ..SKY },
        water: LAKE,
        haze: 800.0,
        weather: (Weather::Clear, 0.5),
        hour: 9.6,
        scatter: vec![
            Scatter::new(Oak, 16.0, 0.8),
            Scatter::new(Birch, 9.0, 0.8),
            Scatter::new(Bush, 22.0, 0.7),
            Scatter::new(Flower, 240.0, 0.6),
            Scatter::new(House, 1.6, 0.8).slope(0.2),
            Scatter::new(Rock, 6.0, 0.6).slope(1.0),
        ],
        tufts: (0x86b84c, 9),
        landmark: BellTower,
        leaf: [0x4a8a3c, 0x6fa548],
        wood: 0x6a4e36,
        accent: [0xd84f4a, 0xf6d84f],
        lamp: 0xffdb98,
        ambience: AmbienceKind::Meadow,
        surface: Surface::Grass,
        space: 0.0,
        snow: 0.0,
        motes: (0xffffe0, 0.15),
    }
}
