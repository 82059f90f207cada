//! The words that call for a theme. Neighbours: `catalogue` holds the themes themselves, `prompt` chooses among them.

/// Names of the known themes, in the order that words are tried in.
pub const NAMES: [&str; 16] = [
    "city", "volcano", "harbour", "swamp", "canyon", "ruins", "alien", "jungle", "island", "autumn", "blossom", "snow",
    "desert", "forest", "coast", "meadow",
];

/// Words that call for a theme, beside its name.
#[must_use]
pub fn words(name: &str) -> &'static [&'static str] {
    match name {
        "city" => &[
            "city",
            "cities",
            "town",
            "downtown",
            "neon",
            "cyberpunk",
            "street",
            "streets",
            "urban",
            "skyscraper",
            "skyscrapers",
            "metropolis",
        ],
        "volcano" => &["volcano", "volcanic", "lava", "magma", "inferno", "ash", "hell", "caldera"],
        "harbour" => &["harbour", "harbor", "port", "dock", "docks", "pier", "marina", "fishing", "wharf"],
        "swamp" => &["swamp", "marsh", "bog", "bayou", "mangrove", "fen", "wetland", "wetlands"],
        "canyon" => &["canyon", "mesa", "gorge", "badlands", "arizona", "butte", "western", "mars", "martian"],
        "ruins" => &["ruins", "ruin", "ruined", "temple", "ancient", "greek", "roman", "acropolis", "castle", "abandoned"],
        "alien" => &["alien", "planet", "extraterrestrial", "space", "xeno", "moon", "lunar", "bioluminescent", "surreal"],
        "jungle" => &["jungle", "rainforest", "tropics", "amazon"],
        "island" => {
            &["island", "islands", "tropical", "lagoon", "atoll", "palm", "palms", "caribbean", "hawaii", "paradise"]
        }
        "autumn" => &["autumn", "fall", "october", "harvest", "golden", "maple"],
        "blossom" => &["blossom", "blossoms", "cherry", "sakura", "spring", "japan", "japanese", "garden"],
        "snow" => &[
            "snow",
            "snowy",
            "winter",
            "ice",
            "icy",
            "arctic",
            "frozen",
            "glacier",
            "tundra",
            "polar",
            "alps",
            "antarctica",
        ],
        "desert" => &["desert", "dune", "dunes", "sahara", "sand", "oasis", "arid"],
        "forest" => &["forest", "wood", "woods", "woodland", "trees", "pine", "taiga", "redwood"],
        "coast" => &[
            "coast",
            "coastal",
            "beach",
            "sea",
            "ocean",
            "shore",
            "seaside",
            "cliff",
            "cliffs",
            "lighthouse",
            "bay",
            "cape",
        ],
        "meadow" => &[
            "meadow",
            "meadows",
            "field",
            "fields",
            "grass",
            "grassland",
            "prairie",
            "hills",
            "pasture",
            "countryside",
            "valley",
            "village",
            "farm",
            "lake",
        ],
        _ => &[],
    }
}
