#!/usr/bin/env bash
# The article's experiment with the article's own model, distilbert-base-cased: fetch it from the Hugging Face hub, train it on the
# 22 sample questions, and show what it answers before and after. Everything but the download happens on this computer.
#
#   scripts/article.sh [--epochs 50] [--out DIR] ...        (scripts/article.sh --help lists the options)
set -euo pipefail

repo_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
hub=${HF_ENDPOINT:-https://huggingface.co}
model=distilbert/distilbert-base-cased
revision=main
out=$repo_root/tmp/article
epochs=50
batch_size=8
learning_rate=1e-4
seed=42
threads=
spanwise=${SPANWISE:-}
data=$repo_root/public/sample/lech-poznan.json
held_out=$repo_root/public/sample/lech-poznan-held-out.json

question="What was the aggregate score of Lech Poznań against Panathinaikos in the 1990-91 season?"
paraphrase="What was the total score over both matches against Panathinaikos in 1990-91?"
unseen="What was the score of the match against Villarreal?"

usage() {
    cat <<EOF
Trains the article's model on the article's 22 questions, and shows the answers before and after.

Usage: scripts/article.sh [OPTIONS]

  --hub URL            address of the hub [default: $hub; the variable HF_ENDPOINT sets it too]
  --model OWNER/NAME   model on the hub [default: $model]
  --revision NAME      branch, tag or commit of the model [default: $revision]
  --out DIR            folder for the model and the results [default: $out]
  --epochs N           passes over the questions [default: $epochs]
  --batch-size N       questions a step [default: $batch_size]
  --learning-rate R    peak learning rate [default: $learning_rate]
  --seed N             seed of head, dropout and shuffling [default: $seed]
  --threads N          threads [default: one a core]
  --spanwise FILE      the program [default: target/release/spanwise, built where it is missing; the variable SPANWISE sets it too]
  --help               this text

About 265 MB are fetched the first time; a download that breaks off goes on where it stopped.
EOF
}

fail() { # what happened, what to do
    printf 'error: %s\n%s\n' "$1" "$2" >&2
    exit 1
}

wrong_usage() {
    printf 'error: %s\nscripts/article.sh --help lists the options.\n' "$1" >&2
    exit 2
}

heading() { printf '\n== %s\n' "$1"; }

while [ $# -gt 0 ]; do
    option=$1
    case $option in
        --help | -h) usage; exit 0 ;;
        --hub | --model | --revision | --out | --epochs | --batch-size | --learning-rate | --seed | --threads | --spanwise) ;;
        *) wrong_usage "unknown option '$option'" ;;
    esac
    [ $# -ge 2 ] && [ -n "$2" ] || wrong_usage "$option needs a value"
    case $option in
        --epochs | --batch-size | --seed | --threads)
            case $2 in *[!0-9]*) wrong_usage "$option is '$2', expected a whole number" ;; esac ;;
    esac
    case $option in
        --hub) hub=$2 ;;
        --model) model=$2 ;;
        --revision) revision=$2 ;;
        --out) out=$2 ;;
        --epochs) epochs=$2 ;;
        --batch-size) batch_size=$2 ;;
        --learning-rate) learning_rate=$2 ;;
        --seed) seed=$2 ;;
        --threads) threads=$2 ;;
        --spanwise) spanwise=$2 ;;
    esac
    shift 2
done
hub=${hub%/}
base=$out/base/$model/$revision
trained=$out/trained

# --- what is needed ------------------------------------------------------------------------------------------------------------------
find_spanwise() {
    if [ -n "$spanwise" ]; then
        [ -x "$spanwise" ] || fail "'$spanwise' is no program." "Build it with 'cargo build --release', or leave --spanwise and SPANWISE out."
        return
    fi
    spanwise=${CARGO_TARGET_DIR:-$repo_root/target}/release/spanwise
    if [ ! -x "$spanwise" ]; then
        command -v cargo >/dev/null || fail "spanwise is not built and cargo is not here." "Install Rust from https://rustup.rs, or name the program with --spanwise."
        heading "Building spanwise (once)"
        (cd "$repo_root" && cargo build --release --bin spanwise) || fail "spanwise could not be built." "The compiler's message stands above."
    fi
}

command -v curl >/dev/null || fail "curl is not installed." "Install curl with your system's packages, then start again."
for file in "$data" "$held_out"; do
    [ -f "$file" ] || fail "$file is missing." "Run the script from a whole checkout: git restore public/sample"
done
mkdir -p "$base" "$trained" || fail "the folder $out cannot be written." "Name another one with --out."
find_spanwise

# --- the model -----------------------------------------------------------------------------------------------------------------------
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# SHA-256 that the hub has on record for a large file (asked without following the redirect, which drops the header).
recorded_sha256() {
    curl --silent --head --max-time 60 "$1" | tr -d '\r"' |
        awk 'tolower($1) == "x-linked-etag:" && length($2) == 64 { print $2 }' | tail -n 1
}

sha256_of() {
    if command -v sha256sum >/dev/null; then sha256sum "$1" | cut -d ' ' -f 1
    elif command -v shasum >/dev/null; then shasum -a 256 "$1" | cut -d ' ' -f 1
    fi
}

# Fetches a file whole or not at all: it gets its name when it has been checked. Status 1 where the hub does not have it.
fetch() { # name
    local url=$hub/$model/resolve/$revision/$1 part=$base/$1.part try code status expected found
    local options=(--fail --location --connect-timeout 30 --speed-limit 1 --speed-time 60 --output "$part" --write-out '%{http_code}')
    if [ -t 2 ]; then options+=(--progress-bar); else options+=(--silent --show-error); fi
    echo "fetching $url"
    for try in 1 2 3; do
        status=0
        if [ -s "$part" ]; then
            code=$(curl "${options[@]}" --continue-at - "$url") || status=$?
            # 33 and 416: the server cannot go on where the part stops; begin anew.
            if [ "$status" = 33 ] || [ "$code" = 416 ]; then rm -f "$part"; fi
        else
            code=$(curl "${options[@]}" "$url") || status=$?
        fi
        case $status:$code in
            0:*) break ;;
            *:404) return 1 ;;
            *:401 | *:403) fail "the hub does not hand out $model (status $code at $url)." "Check the name given with --model; private and gated models cannot be fetched." ;;
        esac
        if [ "$try" = 3 ]; then
            [ "$code" != 000 ] || fail "$hub does not answer." "Check the connection and the address given with --hub."
            fail "$1 could not be fetched from $url (status $code)." "Start the script again: it goes on where it stopped."
        fi
        sleep 2
    done
    expected=$(recorded_sha256 "$url" || true)
    found=$(sha256_of "$part" || true)
    if [ -n "$expected" ] && [ -n "$found" ] && [ "$expected" != "$found" ]; then
        rm -f "$part"
        fail "$1 came broken: its SHA-256 is $found, the hub has $expected." "It was deleted: start the script again."
    fi
    mv "$part" "$base/$1" || fail "$base/$1 cannot be written." "Name another folder with --out."
}

heading "Model $model ($revision)"
for name in config.json tokenizer.json tokenizer_config.json vocab.txt model.safetensors; do
    if [ -f "$base/$name" ]; then
        echo "$name is here already"
    elif ! fetch "$name"; then
        case $name in
            config.json | model.safetensors)
                fail "$model has no $name at revision $revision." "Check --model and --revision; the weights must be model.safetensors." ;;
            *) echo "the model has no $name: going on without" ;;
        esac
    fi
done
[ -f "$base/tokenizer.json" ] || [ -f "$base/vocab.txt" ] ||
    fail "$model has neither tokenizer.json nor vocab.txt." "Choose a DistilBERT model that comes with its tokenizer."

# --- before, training, after ---------------------------------------------------------------------------------------------------------
pool=()
if [ -n "$threads" ]; then pool=(--threads "$threads"); fi

# The paragraph that holds a word, as plain text: our files have one context a line and no escapes in it.
paragraph() { # file, word, where to
    sed -n "s/^ *\"context\": \"\(.*$2.*\)\",\$/\1/p" "$1" | head -n 1 >"$3"
    [ -s "$3" ] || fail "no paragraph of $1 speaks of $2." "The file was changed: git restore public/sample"
}
paragraph "$data" Panathinaikos "$scratch/seen.txt"
paragraph "$held_out" Villarreal "$scratch/unseen.txt"

# A command of spanwise; its notes are shown only where it fails.
run() {
    "$spanwise" "$@" ${pool[@]+"${pool[@]}"} 2>"$scratch/log" ||
        fail "spanwise $1 failed: $(cat "$scratch/log")" "If the model is at fault, delete $out and start again."
}

ask() { # model, context, question, what it should be
    printf '%s\n' "$3"
    run ask --model "$1" --context-file "$2" --question "$3" | sed 's/^/    /'
    printf '    (right: %s)\n' "$4"
}

measure() { # model, when
    heading "$2 training"
    ask "$1" "$scratch/seen.txt" "$question" 5-1
    ask "$1" "$scratch/seen.txt" "$paraphrase" 5-1
    ask "$1" "$scratch/unseen.txt" "$unseen" 3-0
    local set
    for set in "22 questions trained on:$data" "10 questions held back:$held_out"; do
        printf '%s: ' "${set%%:*}"
        run eval --model "$1" --data "${set#*:}"
    done
}

measure "$base" "Before"

heading "Training: $epochs epochs, batch $batch_size, learning rate $learning_rate, seed $seed"
started=$SECONDS
# --fresh-head: the article starts without a trained head, whatever the checkpoint holds.
"$spanwise" train --model "$base" --data "$data" --out "$trained" --fresh-head --epochs "$epochs" --batch-size "$batch_size" \
    --learning-rate "$learning_rate" --seed "$seed" ${pool[@]+"${pool[@]}"} --json |
    tee "$trained/log.jsonl" |
    awk -v every=5 '
        function number(key,   rest) {
            rest = $0
            return sub(".*\"" key "\":", "", rest) ? rest + 0 : 0
        }
        function show() { printf "epoch %3d   loss %.4f   %6.0f tokens/s\n", epoch, sum / steps, rate; fflush() }
        /"event":"step"/ {
            now = number("epoch"); now = now > int(now) ? int(now) + 1 : int(now)
            if (now != epoch) {
                if (steps && (epoch == 1 || epoch % every == 0)) { show(); shown = epoch }
                epoch = now; sum = 0; steps = 0
            }
            sum += number("loss"); steps++; rate = number("tokens_per_second")
        }
        END { if (steps && shown != epoch) show() }' ||
    fail "training broke off." "The reason stands above; what was done is in $trained/log.jsonl"
echo "$((SECONDS - started)) seconds; the model is in $trained"

measure "$trained" "After"
