//! The number in an answer about credits whose form no document gives (HL-15). A guess, for showing beside the whole answer.

use serde_json::Value;

/// Names that such a number has, likeliest first.
const NAMES: [&str; 9] = [
    "balance",
    "credits_remaining",
    "remaining_credits",
    "remaining",
    "credits_balance",
    "available_credits",
    "available",
    "credits",
    "total",
];

/// What is left, as far as it can be found: a number under one of the usual names, at the top or one level below `data`, `credits` or
/// `balance`.
#[must_use]
pub fn balance(answer: &Value) -> Option<f64> {
    let inner = ["data", "credits", "balance"].into_iter().filter_map(|key| answer.get(key));
    std::iter::once(answer).chain(inner).find_map(|object| NAMES.into_iter().find_map(|name| number(object.get(name)?)))
}

fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// HL-15
    #[test]
    fn hl_15_a_balance_is_found_under_its_usual_names_and_nowhere_else() {
        assert_eq!(balance(&json!({ "balance": 975, "usage": [{ "credits": 25 }] })), Some(975.0));
        assert_eq!(balance(&json!({ "data": { "remaining": "12.5" } })), Some(12.5));
        assert_eq!(balance(&json!({ "credits": { "total": 3, "remaining": 2 } })), Some(2.0));
        assert_eq!(balance(&json!({ "usage": [{ "credits": 25 }] })), None);
        assert_eq!(balance(&json!([1, 2])), None);
    }
}
