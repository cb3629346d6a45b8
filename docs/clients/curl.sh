#!/usr/bin/env bash
set -euo pipefail
endpoint=${1:-http://127.0.0.1:4000/graphql} file=${2:-photo.jpg}
ask=(curl --silent --show-error "$endpoint" -H 'x-graphql-yoga-csrf: 1' -H "x-api-key: ${VITCX_API_KEY:-}")

answer=$("${ask[@]}" -F map='{"image":["variables.image"]}' -F image=@"$file" -F operations='{
  "query": "mutation ($image: Upload!) { explainImage(input: { image: $image }) { id } }", "variables": { "image": null } }')
id=$(sed -nE 's/.*"id":"([0-9a-z]+)".*/\1/p' <<<"$answer")
if [ -z "$id" ]; then
  echo "$answer" >&2
  exit 1
fi

# After a connection that was cut it goes on behind the event that was seen last.
seen=0 over=
until [ "$over" ]; do
  while IFS= read -r line; do
    case $line in
      "event: complete") over=1 ;;
      'data: {"errors"'*)
        echo "${line#data: }" >&2
        exit 1
        ;;
      "data: "*)
        seen=$(sed -E 's/.*"sequence":([0-9]+).*/\1/' <<<"$line")
        echo "$seen" "$(sed -E 's/.*"__typename":"([A-Za-z]+)".*/\1/' <<<"$line")"
        ;;
    esac
  done < <("${ask[@]}" --no-buffer -H 'content-type: application/json' -H 'accept: text/event-stream' -d '{
    "query": "subscription { explanationProgress(id: \"'"$id"'\", after: '"$seen"') { __typename sequence } }" }' || sleep 1)
done

"${ask[@]}" -H 'content-type: application/json' -d '{
  "query": "{ explanation(id: \"'"$id"'\") { status target { label } saliencyMap { overlay } } }" }' |
  sed -E 's/.*"status":"([A-Z]+)".*"label":"([^"]*)".*"overlay":"([^"]*)".*/\1 \2 \3/'
