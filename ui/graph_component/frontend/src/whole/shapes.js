/* Nodes of several shapes in one program: a kind differs from others by shape as well as by colour. */

import { NodeCircleProgram } from "sigma/rendering";
import { floatColor } from "sigma/utils";

const { FLOAT, UNSIGNED_BYTE, TRIANGLES } = WebGLRenderingContext;

export const SHAPES = ["circle", "square", "diamond", "triangle", "hexagon", "star", "cross", "ring"];

const VERTEX = /*glsl*/ `
attribute vec4 a_id;
attribute vec4 a_color;
attribute vec2 a_position;
attribute float a_size;
attribute float a_shape;
attribute float a_angle;
uniform mat3 u_matrix;
uniform float u_sizeRatio;
uniform float u_correctionRatio;
varying vec4 v_color;
varying vec2 v_place;
varying float v_shape;
varying float v_soft;
const float bias = 255.0 / 254.0;
void main() {
  float size = a_size * u_correctionRatio / u_sizeRatio * 4.0;
  vec2 aside = size * vec2(cos(a_angle), sin(a_angle));
  gl_Position = vec4((u_matrix * vec3(a_position + aside, 1)).xy, 0, 1);
  v_place = aside / (size / 2.0);
  v_soft = u_correctionRatio * 2.0 / (size / 2.0);
  v_shape = a_shape;
  #ifdef PICKING_MODE
  v_color = a_id;
  #else
  v_color = a_color;
  #endif
  v_color.a *= bias;
}`;

const FRAGMENT = /*glsl*/ `
precision highp float;
varying vec4 v_color;
varying vec2 v_place;
varying float v_shape;
varying float v_soft;
void main(void) {
  vec2 p = v_place;
  vec2 q = abs(p);
  float far = length(p);
  if (v_shape > 0.5 && v_shape < 1.5) far = max(q.x, q.y) * 1.2;
  else if (v_shape < 2.5 && v_shape > 1.5) far = q.x + q.y;
  else if (v_shape < 3.5 && v_shape > 2.5) far = max(q.x * 0.95 + p.y * 0.55, -p.y * 1.25) * 1.15;
  else if (v_shape < 4.5 && v_shape > 3.5) far = max(q.x * 0.87 + q.y * 0.5, q.y);
  else if (v_shape < 5.5 && v_shape > 4.5) {
    float turn = atan(p.x, p.y);
    far = far / (0.68 + 0.32 * cos(5.0 * turn));
  } else if (v_shape < 6.5 && v_shape > 5.5) far = max(min(q.x, q.y) * 2.8, max(q.x, q.y));
  float edge = far - 1.0 + v_soft;
  #ifdef PICKING_MODE
  gl_FragColor = edge > v_soft ? vec4(0.0) : v_color;
  #else
  float t = clamp(edge / v_soft, 0.0, 1.0);
  if (v_shape > 6.5) t = max(t, clamp((0.55 - far) / v_soft, 0.0, 1.0));
  gl_FragColor = mix(v_color, vec4(0.0), t);
  #endif
}`;

export class ShapeProgram extends NodeCircleProgram {
  getDefinition() {
    const definition = super.getDefinition();
    return {
      ...definition,
      VERTEX_SHADER_SOURCE: VERTEX,
      FRAGMENT_SHADER_SOURCE: FRAGMENT,
      METHOD: TRIANGLES,
      ATTRIBUTES: [
        { name: "a_position", size: 2, type: FLOAT },
        { name: "a_size", size: 1, type: FLOAT },
        { name: "a_shape", size: 1, type: FLOAT },
        { name: "a_color", size: 4, type: UNSIGNED_BYTE, normalized: true },
        { name: "a_id", size: 4, type: UNSIGNED_BYTE, normalized: true },
      ],
    };
  }

  processVisibleItem(nodeIndex, startIndex, data) {
    const { array } = this;
    array[startIndex++] = data.x;
    array[startIndex++] = data.y;
    array[startIndex++] = data.size;
    array[startIndex++] = data.shape;
    array[startIndex++] = floatColor(data.color);
    array[startIndex++] = nodeIndex;
  }
}

/* The corners of the shapes that have some, for a legend and a file. */
export const POINTS = {
  square: [-0.85, -0.85, 0.85, -0.85, 0.85, 0.85, -0.85, 0.85],
  diamond: [0, -1, 1, 0, 0, 1, -1, 0],
  triangle: [0, -1, 0.95, 0.8, -0.95, 0.8],
  hexagon: [1, 0, 0.5, 0.87, -0.5, 0.87, -1, 0, -0.5, -0.87, 0.5, -0.87],
  star: [0, -1, 0.27, -0.37, 0.95, -0.31, 0.44, 0.14, 0.59, 0.81, 0, 0.46, -0.59, 0.81, -0.44, 0.14, -0.95, -0.31, -0.27, -0.37],
  cross: [-0.35, -1, 0.35, -1, 0.35, -0.35, 1, -0.35, 1, 0.35, 0.35, 0.35, 0.35, 1, -0.35, 1, -0.35, 0.35, -1, 0.35, -1, -0.35, -0.35, -0.35],
};
